// Links between patients of two custodians: agree, link, unlink.
#include "modules/identity/links.h"

#include "base/hex.h"
#include "client/approval_file.h"
#include "client/authorise.h"
#include "client/failure.h"
#include "client/identity.h"
#include "client/registration.h"
#include "client/text_forms.h"
#include "galen/identity.h"
#include "modules/identity/people.h"

#include <algorithm>
#include <utility>

namespace galen::client {

namespace {

constexpr auto kAgreement = std::chrono::hours(24);

struct Pair {
  PatientId first;
  PatientId second;
};

Result<Pair> pair_of(const LinkOptions& options) {
  Pair pair;
  GALEN_TRY(pair.first, parse_id<PatientId>(options.patient, "patient"));
  GALEN_TRY(pair.second, parse_id<PatientId>(options.other, "--with"));
  if (pair.first == pair.second) {
    return fail(ErrorCode::kInvalidArgument, "--with: another patient");
  }
  if (pair.second < pair.first) std::swap(pair.first, pair.second);
  return pair;
}

Result<std::string> approve_link(Session& session, const LinkOptions& options) {
  GALEN_TRY(const Pair pair, pair_of(options));
  const Signer own{session.organisation().id, session.signing_key(), session.signing_index()};
  const auto agreement = approve(session,
                                 ledger::LinkPatient{pair.first, pair.second},
                                 ledger::AuthorisationRole::kCustodian,
                                 own,
                                 kAgreement);
  return approval_text({ledger::encode(agreement)});
}

Result<Committed> link(Session& session, const LinkOptions& options) {
  GALEN_TRY(const Pair pair, pair_of(options));
  Authorised authorised{ledger::LinkPatient{pair.first, pair.second}, {}};
  if (!options.approval_file.empty()) {
    GALEN_TRY(const auto parts, read_approval(options.approval_file, 1));
    GALEN_TRY(const auto approval, ledger::decode_authorisation(parts.front()));
    authorised.authorisations.push_back(approval);
  }
  GALEN_TRY(const auto receipted, session.transact_one(authorised));
  return to_committed(receipted);
}

Result<Committed> unlink(Session& session, const LinkOptions& options) {
  GALEN_TRY(const Pair pair, pair_of(options));
  GALEN_TRY(const auto reason, parse_code<ledger::UnlinkReason>(options.reason, "--reason"));
  const ledger::UnlinkPatient operation{pair.first, pair.second, reason};
  Authorised authorised{operation, {}};
  if (options.by_patient || !options.key_file.empty()) {
    GALEN_TRY(const auto patient, parse_id<AccountId>(options.patient, "patient"));
    GALEN_TRY(const Signer signer, find_signer(session, patient, options.key_file));
    authorised = authorise(session, operation, ledger::AuthorisationRole::kPatient, signer);
  }
  GALEN_TRY(const auto receipted, session.transact_one(authorised));
  return to_committed(receipted);
}

Result<std::vector<LinkView>> link_views(const Session& session,
                                         const std::vector<StateItem>& items) {
  std::vector<LinkView> views;
  for (const StateItem& item : items) {
    if (item.key.kind != ledger::KeyKind::kLink) continue;
    GALEN_TRY(const auto entry, identity::LinkEntry::decode(item.value));
    LinkView& view = views.emplace_back();
    view.other = to_hex(item.key.id);
    view.linked_by = session.organisation_name(entry.submitter);
    view.agreed_by = session.organisation_name(entry.other_custodian);
    view.linked_ms = entry.linked.value;
    if (!entry.unlinked_at) continue;
    view.unlinked_ms = entry.unlinked_at->value;
    view.reason = name(entry.reason);
  }
  std::sort(views.begin(), views.end(), [](const auto& a, const auto& b) {
    return std::pair(a.linked_ms, a.other) < std::pair(b.linked_ms, b.other);
  });
  return views;
}

Result<PatientView> patient_view(Session& session, const PersonQuery& query) {
  GALEN_TRY(const auto items, load_person(session, query));
  GALEN_TRY(const auto patient,
            find_entry<identity::PatientEntry>(items, ledger::KeyKind::kPatient));
  if (!patient) return fail(ErrorCode::kNotFound, "this id is no patient's");
  PatientView view;
  view.patient = query.person;
  view.custodian = session.organisation_name(patient->custodian);
  view.keys_held_by = name(patient->held_by);
  view.keys_passed_hands = patient->passed_hands;
  view.registered_height = patient->registered.value;
  for (const auto& item : items) {
    if (item.key.kind != ledger::KeyKind::kProxyRevocation) continue;
    view.proxies_revoked_in_advance.push_back(to_hex(item.key.id));
  }
  GALEN_TRY(view.proxies, proxy_views(session, items));
  GALEN_TRY(view.links, link_views(session, items));
  GALEN_TRY(view.recovery, recovery_view(session, items));
  return view;
}

}  // namespace

Outcome<PatientView> Identity::patient(const PersonQuery& query) {
  return outcome_of("patient show", [&] { return patient_view(*session_, query); });
}

Outcome<std::string> Identity::approve_link(const LinkOptions& options) {
  return outcome_of("patient link", [&] { return client::approve_link(*session_, options); });
}

Outcome<Committed> Identity::link(const LinkOptions& options) {
  return outcome_of("patient link", [&] { return client::link(*session_, options); });
}

Outcome<Committed> Identity::unlink(const LinkOptions& options) {
  return outcome_of("patient unlink", [&] { return client::unlink(*session_, options); });
}

}  // namespace galen::client
