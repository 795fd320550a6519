// Proxies of patients: authorise, revoke, list.
#include "modules/identity/proxies.h"

#include "base/hex.h"
#include "client/authorise.h"
#include "client/failure.h"
#include "client/identity.h"
#include "client/key_file.h"
#include "client/registration.h"
#include "client/state_query.h"
#include "client/text_forms.h"
#include "galen/identity.h"
#include "modules/identity/people.h"

#include <algorithm>
#include <utility>

namespace galen::client {

namespace {

using crypto::PrivateKey;
using ledger::AuthorisationRole;
using ledger::KeyUse;

Result<PrivateKey> key_or_new(const std::string& file) {
  if (file.empty()) return PrivateKey::generate();
  return read_key_file(file);
}

ledger::PersonKeys person_keys(const Person& person) {
  const auto possession = [&person](KeyUse use, const PrivateKey& key) {
    return key.sign(ledger::possession_statement(use, person.id, key.public_key()));
  };
  return {person.signing_key->public_key(),
          person.agreement_key->public_key(),
          possession(KeyUse::kSigning, *person.signing_key),
          possession(KeyUse::kAgreement, *person.agreement_key)};
}

Result<ledger::AuthorizeProxy> make_operation(Session& session,
                                              const ProxyOptions& options,
                                              Person& person) {
  ledger::AuthorizeProxy operation;
  GALEN_TRY(operation.patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(operation.kind, parse_code<ledger::ProxyKind>(options.kind, "--kind"));
  operation.purposes = options.purposes;
  if (operation.purposes.empty()) operation.purposes = {"FAMRQT"};
  sort_unique(operation.purposes);
  GALEN_TRY(const WrittenLabels labels,
            write_labels(session,
                         operation.patient,
                         options.excluded_labels,
                         LabelUse::kScope,
                         options.labels_as));
  operation.excluded_labels = labels.labels;
  operation.labels_key_id = labels.key_id;
  operation.may_grant = options.may_grant;
  const std::string from = options.from.empty() ? "now" : options.from;
  GALEN_TRY(operation.from, parse_time(from, session.now(), "--from"));
  GALEN_TRY(operation.to, parse_time(options.until, session.now(), "--until"));
  operation.attested_by = session.organisation().id;
  person.kind = PersonKind::kProxy;
  GALEN_TRY(person.signing_key, key_or_new(options.signing_key_file));
  GALEN_TRY(person.agreement_key, key_or_new(options.agreement_key_file));
  person.id =
      ledger::proxy_id(session.chain(), operation.patient, person.signing_key->public_key());
  operation.proxy = person.id;
  operation.keys = person_keys(person);
  return operation;
}

Result<Registered> authorize_proxy(Session& session, const ProxyOptions& options) {
  Person person;
  GALEN_TRY(const auto operation, make_operation(session, options, person));
  Authorised authorised{operation, {}};
  if (!options.without_patient) {
    const auto patient = id_cast<AccountId>(operation.patient);
    GALEN_TRY(const Signer signer, find_signer(session, patient, options.patient_key_file));
    authorised = authorise(session, operation, AuthorisationRole::kPatient, signer);
  }
  // Who brought his own keys keeps them.
  if (!options.signing_key_file.empty()) person.signing_key.reset();
  if (!options.agreement_key_file.empty()) person.agreement_key.reset();
  GALEN_TRY_STATUS(session.people().add(person));
  const auto receipted = session.transact_one(authorised);
  if (receipted) return Registered{to_hex(person.id), to_committed(*receipted)};
  if (!Session::is_transient(receipted.error())) session.people().remove(person.id);
  return tl::unexpected(receipted.error());
}

/// A wrong id would be revoked in advance, and the proxy go on. Only the custodian can tell.
Status require_known(Session& session, const ledger::RevokeProxy& operation) {
  GALEN_TRY(const auto patient,
            find_state(session, identity::PatientEntry::key(operation.patient)));
  if (!patient) return {};
  GALEN_TRY(const auto proxy,
            find_state(session, identity::ProxyEntry::key(operation.patient, operation.proxy)));
  if (proxy) return {};
  return fail(ErrorCode::kNotFound,
              "the patient has no such proxy; --in-advance revokes one who is yet to come");
}

Result<Committed> revoke_proxy(Session& session, const RevokeProxyOptions& options) {
  ledger::RevokeProxy operation;
  GALEN_TRY(operation.patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(operation.proxy, parse_id<AccountId>(options.proxy, "proxy"));
  GALEN_TRY(operation.reason, parse_code<ledger::RevocationReason>(options.reason, "--reason"));
  Authorised authorised{operation, {}};
  const bool by_patient = options.by_patient || !options.key_file.empty();
  if (options.in_advance && !by_patient) {
    return fail(ErrorCode::kInvalidArgument, "--in-advance: signed by the patient only");
  }
  if (by_patient) {
    if (!options.in_advance) GALEN_TRY_STATUS(require_known(session, operation));
    GALEN_TRY(const Signer signer,
              find_signer(session, id_cast<AccountId>(operation.patient), options.key_file));
    authorised = authorise(session, operation, AuthorisationRole::kPatient, signer);
  }
  GALEN_TRY(const auto receipted, session.transact_one(authorised));
  return to_committed(receipted);
}

std::string status_text(const identity::ProxyEntry& entry, TimeMs now) {
  if (entry.revoked_at) return "revoked";
  if (entry.in_force(now)) return "in force";
  return now < entry.terms.from ? "not yet" : "ended";
}

ProxyView to_view(Session& session, const identity::ProxyEntry& entry) {
  ProxyView view;
  view.proxy = to_hex(entry.terms.proxy);
  view.kind = name(entry.terms.kind);
  view.status = status_text(entry, session.now());
  view.purposes = entry.terms.purposes;
  view.excluded_labels = session.labels().read(
      entry.terms.patient, entry.terms.excluded_labels, entry.terms.labels_key_id);
  view.labels_key_id = entry.terms.labels_key_id;
  view.from_ms = entry.terms.from.value;
  view.until_ms = entry.terms.to.value;
  if (entry.revoked_at) view.revoked_ms = entry.revoked_at->value;
  view.attested_by = session.organisation_name(entry.terms.attested_by);
  view.may_grant = entry.terms.may_grant;
  view.by_patient = entry.by_patient;
  return view;
}

}  // namespace

Result<std::vector<ProxyView>> proxy_views(Session& session, const std::vector<StateItem>& items) {
  std::vector<ProxyView> views;
  for (const StateItem& item : items) {
    if (item.key.kind != ledger::KeyKind::kProxy) continue;
    GALEN_TRY(const auto entry, identity::ProxyEntry::decode(item.value));
    views.push_back(to_view(session, entry));
  }
  // Every node has them in an order of its own.
  std::sort(views.begin(), views.end(), [](const auto& a, const auto& b) {
    return std::pair(a.from_ms, a.proxy) < std::pair(b.from_ms, b.proxy);
  });
  return views;
}

Outcome<Registered> Identity::authorize_proxy(const ProxyOptions& options) {
  return outcome_of("proxy authorize", [&] { return client::authorize_proxy(*session_, options); });
}

Outcome<Committed> Identity::revoke_proxy(const RevokeProxyOptions& options) {
  return outcome_of("proxy revoke", [&] { return client::revoke_proxy(*session_, options); });
}

Outcome<std::vector<ProxyView>> Identity::list_proxies(const PersonQuery& query) {
  return outcome_of("proxy list", [&]() -> Result<std::vector<ProxyView>> {
    GALEN_TRY(const auto items, load_person(*session_, query));
    return proxy_views(*session_, items);
  });
}

}  // namespace galen::client
