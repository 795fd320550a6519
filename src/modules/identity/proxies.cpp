#include "modules/identity/proxies.h"

#include "base/limits.h"
#include "modules/identity/authorities.h"
#include "modules/identity/entry.h"
#include "modules/identity/keys.h"
#include "modules/identity/people.h"
#include "modules/policy/decide.h"

#include <algorithm>

namespace galen::identity {

namespace {

using execution::OperationContext;
using execution::StateOverlay;
using execution::StateReader;
using ledger::AuthorisationRole;
using ledger::AuthorizeProxy;
using ledger::KeyKind;
using ledger::ResultCode;
using ledger::StateKey;

bool may_assert_all(const OperationContext& context, const AuthorizeProxy& operation) {
  const policy::PolicyTables tables = policy::tables_of(context.parameters);
  const auto may = [&tables](const std::string& purpose) {
    return policy::may_assert(tables, ledger::Role::kProxy, purpose);
  };
  return std::all_of(operation.purposes.begin(), operation.purposes.end(), may);
}

/// What the terms must look like, whatever the state.
ResultCode check_terms(const OperationContext& context, const AuthorizeProxy& operation) {
  const AccountId id =
      ledger::proxy_id(context.block.chain, operation.patient, operation.keys.signing_key);
  if (operation.proxy != id) return ResultCode::kBadIdentifier;
  if (!may_assert_all(context, operation)) return ResultCode::kInvalidPurpose;
  if (operation.to <= operation.from || operation.to <= context.block.time) {
    return ResultCode::kInvalidWindow;
  }
  if (operation.labels_key_id && operation.excluded_labels.empty()) return ResultCode::kInvalidFlag;
  return possesses_keys(context, operation.proxy, operation.keys) ? ResultCode::kOk
                                                                  : ResultCode::kBadPossession;
}

ResultCode revoke_in_advance(const OperationContext& context,
                             const ledger::RevokeProxy& operation,
                             StateOverlay& state) {
  const StateKey key = ProxyRevocation::key(operation.patient, operation.proxy);
  if (state.get(key)) return ResultCode::kOk;
  const auto earlier =
      list_entries<AccountId, ProxyRevocation>(state, operation.patient, KeyKind::kProxyRevocation);
  context.charge(earlier.size());
  if (earlier.size() >= kMaxProxiesEver) return ResultCode::kTooManyGrants;
  const ProxyRevocation entry{operation.reason, context.block.time, context.block.height};
  put_entry(context, state, key, entry.encode());
  return ResultCode::kOk;
}

ResultCode check_state(const OperationContext& context,
                       const AuthorizeProxy& operation,
                       const StateReader& state) {
  constexpr std::uint64_t kWorkPerProxy = 10;
  const auto proxies = list_proxies(state, operation.patient);
  context.charge(kWorkPerProxy * proxies.size());
  if (proxies.contains(operation.proxy)) return ResultCode::kAlreadyExists;
  if (state.get(ProxyRevocation::key(operation.patient, operation.proxy))) {
    return ResultCode::kProxyRevoked;
  }
  const auto stand = std::count_if(proxies.begin(), proxies.end(), [&context](const auto& proxy) {
    return context.block.time < proxy.second.end();
  });
  const bool full =
      static_cast<std::size_t>(stand) >= kMaxProxiesPerPatient || proxies.size() >= kMaxProxiesEver;
  return full ? ResultCode::kTooManyGrants : ResultCode::kOk;
}

}  // namespace

TimeMs ProxyEntry::end() const {
  return revoked_at ? std::min(*revoked_at, terms.to) : terms.to;
}

bool ProxyEntry::covers(const std::vector<std::string>& labels,
                        const std::optional<std::uint32_t>& labels_key_id) const {
  if (labels.empty() || terms.excluded_labels.empty()) return true;
  if (labels_key_id != terms.labels_key_id) return false;
  return std::none_of(labels.begin(), labels.end(), [this](const std::string& label) {
    const auto& hidden = terms.excluded_labels;
    return std::binary_search(hidden.begin(), hidden.end(), label);
  });
}

Bytes ProxyEntry::encode() const {
  codec::Writer w;
  w.u16(kEntryVersion).boolean(by_patient).counter(authorised).counter(height);
  w.boolean(revoked_at.has_value());
  if (revoked_at) w.counter(*revoked_at).enumeration(reason);
  w.bytes(ledger::encode(ledger::Operation(terms)));
  return std::move(w).take();
}

Result<ProxyEntry> ProxyEntry::decode(BytesView bytes) {
  codec::Reader r(bytes, "proxy entry");
  read_entry_version(r);
  ProxyEntry entry;
  entry.by_patient = r.boolean();
  entry.authorised = r.counter<TimeMs>();
  entry.height = r.counter<Height>();
  if (r.boolean()) {
    entry.revoked_at = r.counter<TimeMs>();
    entry.reason = r.enumeration<ledger::RevocationReason>(
        [](ledger::RevocationReason v) { return ledger::is_valid(v); });
  }
  GALEN_TRY(entry.terms, read_operation<AuthorizeProxy>(r));
  return entry;
}

StateKey ProxyEntry::key(const PatientId& patient, const AccountId& proxy) {
  return StateKey::clinical(patient, KeyKind::kProxy, proxy);
}

std::optional<ProxyEntry> ProxyEntry::load(const StateReader& state,
                                           const PatientId& patient,
                                           const AccountId& proxy) {
  return load_entry<ProxyEntry>(state, key(patient, proxy));
}

Bytes ProxyRevocation::encode() const {
  codec::Writer w;
  w.u16(kEntryVersion).enumeration(reason).counter(time).counter(height);
  return std::move(w).take();
}

Result<ProxyRevocation> ProxyRevocation::decode(BytesView bytes) {
  codec::Reader r(bytes, "proxy revocation");
  read_entry_version(r);
  ProxyRevocation entry;
  entry.reason = r.enumeration<ledger::RevocationReason>(
      [](ledger::RevocationReason v) { return ledger::is_valid(v); });
  entry.time = r.counter<TimeMs>();
  entry.height = r.counter<Height>();
  GALEN_TRY_STATUS(r.finish());
  return entry;
}

StateKey ProxyRevocation::key(const PatientId& patient, const AccountId& proxy) {
  return StateKey::clinical(patient, KeyKind::kProxyRevocation, proxy);
}

std::map<AccountId, ProxyEntry> list_proxies(const StateReader& state, const PatientId& patient) {
  return list_entries<AccountId, ProxyEntry>(state, patient, KeyKind::kProxy);
}

ledger::OperationResult execute(const OperationContext& context,
                                const AuthorizeProxy& operation,
                                StateOverlay& state) {
  if (const auto code = check_patient(state, operation.patient); code != ResultCode::kOk) {
    return {code, {}};
  }
  const auto signed_by = Authorities::load(
      context, state, {AuthorisationRole::kPatient, AuthorisationRole::kOrganisation});
  if (!signed_by) return {signed_by.error(), {}};
  const bool by_patient =
      signed_by->has(AuthorisationRole::kPatient, id_cast<AccountId>(operation.patient));
  const auto patient = PatientEntry::load(state, operation.patient);
  const bool by_custodian = signed_by->has_organisation(patient->custodian);
  // Who keeps his keys can sign: that he cannot is not for his custodian alone to say.
  const bool keeps_keys = patient->held_by == ledger::KeyHolder::kPatient;
  const bool without_him =
      by_custodian && !(keeps_keys && operation.attested_by == patient->custodian);
  if (!signed_by->has_organisation(operation.attested_by) || (!by_patient && !without_him)) {
    return {ResultCode::kNotAuthorised, {}};
  }
  if (const auto code = check_terms(context, operation); code != ResultCode::kOk) return {code, {}};
  if (const auto code = check_state(context, operation, state); code != ResultCode::kOk) {
    return {code, {}};
  }
  const ResultCode code = signed_by->use_sequences(context, state);
  if (code != ResultCode::kOk) return {code, {}};
  const ProxyEntry entry{
      operation, by_patient, context.block.time, context.block.height, std::nullopt, {}};
  put_entry(context, state, ProxyEntry::key(operation.patient, operation.proxy), entry.encode());
  return {};
}

ResultCode revoke_proxy(const OperationContext& context,
                        const ledger::RevokeProxy& operation,
                        StateOverlay& state) {
  if (const auto code = check_patient(state, operation.patient); code != ResultCode::kOk) {
    return code;
  }
  const auto signed_by = Authorities::load(context, state, {AuthorisationRole::kPatient});
  if (!signed_by) return signed_by.error();
  auto entry = ProxyEntry::load(state, operation.patient, operation.proxy);
  const bool by_patient =
      signed_by->has(AuthorisationRole::kPatient, id_cast<AccountId>(operation.patient));
  if (!entry && !by_patient) return ResultCode::kUnknownProxy;
  if (!entry) return revoke_in_advance(context, operation, state);
  if (!by_patient && context.submitter != entry->terms.attested_by) {
    return ResultCode::kNotAuthorised;
  }
  if (entry->revoked_at) return ResultCode::kOk;
  entry->revoked_at = context.block.time;
  entry->reason = operation.reason;
  put_entry(context, state, ProxyEntry::key(operation.patient, operation.proxy), entry->encode());
  return ResultCode::kOk;
}

}  // namespace galen::identity
