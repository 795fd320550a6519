#include "modules/consent/consent.h"

#include "modules/consent/grantees.h"
#include "modules/consent/grants.h"
#include "modules/consent/proxy_grants.h"
#include "modules/consent/terms.h"
#include "modules/identity/authorisation.h"
#include "modules/identity/entry.h"
#include "modules/identity/people.h"
#include "modules/identity/proxies.h"
#include "modules/identity/sequence.h"

#include <algorithm>
#include <map>

namespace galen::consent {

namespace {

using execution::OperationContext;
using execution::StateOverlay;
using execution::StateReader;
using groups::GroupEntry;
using identity::PatientEntry;
using identity::PractitionerEntry;
using identity::ProxyEntry;
using ledger::AuthorisationRole;
using ledger::Effect;
using ledger::GranteeKind;
using ledger::GrantTerms;
using ledger::OperationResult;
using ledger::ResultCode;
using policy::GrantStatus;

/// Patient and grantor of an operation whose authorisation holds.
struct Authorised {
  PatientEntry patient;
  Grantor grantor;
  std::optional<ProxyEntry> proxy;  ///< when the grantor is one
};

/// The proxy that the authorisation names; nullopt when it names none.
tl::expected<std::optional<ProxyEntry>, ResultCode> proxy_of(
    const OperationContext& context,
    const StateReader& state,
    const ledger::Authorisation& authorisation) {
  if (authorisation.role != AuthorisationRole::kProxy) return std::nullopt;
  auto proxy = ProxyEntry::load(state, context.operation.subject, authorisation.account);
  if (!proxy) return tl::unexpected(ResultCode::kUnknownProxy);
  if (!proxy->terms.may_grant) return tl::unexpected(ResultCode::kNotAuthorised);
  if (!proxy->in_force(context.block.time)) return tl::unexpected(ResultCode::kProxyNotInForce);
  return proxy;
}

using AuthorisedResult = tl::expected<Authorised, ResultCode>;

/// Keys of the account that the authorisation names, if it may speak for the patient.
tl::expected<std::vector<PublicKey>, ResultCode> keys_of(const OperationContext& context,
                                                         const StateReader& state,
                                                         const PatientEntry& patient,
                                                         const std::optional<ProxyEntry>& proxy) {
  if (proxy) return std::vector<PublicKey>{proxy->terms.keys.signing_key};
  const ledger::Authorisation& authorisation = context.body.authorisations.front();
  switch (authorisation.role) {
    case AuthorisationRole::kPatient:
      if (authorisation.account != id_cast<AccountId>(context.operation.subject)) {
        return tl::unexpected(ResultCode::kNotAuthorised);
      }
      return patient.signing_keys;
    case AuthorisationRole::kCustodian: {
      const AccountId& custodian = patient.custodian;
      if (authorisation.account != custodian || context.submitter != custodian) {
        return tl::unexpected(ResultCode::kNotAuthorised);
      }
      auto organisation = execution::OrganisationEntry::load(state, custodian);
      if (!organisation) return tl::unexpected(ResultCode::kUnknownOrganisation);
      return std::move(organisation->signing_keys);
    }
    default:
      // Requesters, guardians and other organisations give no consent.
      return tl::unexpected(ResultCode::kBadAuthorisation);
  }
}

AuthorisedResult authorise(const OperationContext& context, const StateReader& state) {
  if (const auto code = identity::check_organisation(state, context.submitter);
      code != ResultCode::kOk) {
    return tl::unexpected(code);
  }
  const PatientId& subject = context.operation.subject;
  if (const auto code = identity::check_patient(state, subject); code != ResultCode::kOk) {
    return tl::unexpected(code);
  }
  if (context.body.authorisations.size() != 1) return tl::unexpected(ResultCode::kBadAuthorisation);
  auto patient = PatientEntry::load(state, subject);
  if (!patient) return tl::unexpected(ResultCode::kErased);  // under a reader of a snapshot
  auto proxy = proxy_of(context, state, context.body.authorisations.front());
  if (!proxy) return tl::unexpected(proxy.error());
  const auto keys = keys_of(context, state, *patient, *proxy);
  if (!keys) return tl::unexpected(keys.error());
  const ledger::Authorisation& authorisation = context.body.authorisations.front();
  const ResultCode code = identity::check_authorisation(
      identity::signed_operation(context), authorisation, *keys, context.signatures);
  if (code != ResultCode::kOk) return tl::unexpected(code);
  return Authorised{
      *std::move(patient), Grantor{authorisation.role, authorisation.account}, *std::move(proxy)};
}

/// As authorise(), for a dry run: the signature and who submits aside.
AuthorisedResult suppose(const OperationContext& context, const StateReader& state) {
  const PatientId& subject = context.operation.subject;
  if (const auto code = identity::check_patient(state, subject); code != ResultCode::kOk) {
    return tl::unexpected(code);
  }
  auto patient = PatientEntry::load(state, subject);
  if (!patient) return tl::unexpected(ResultCode::kErased);  // under a reader of a snapshot
  const ledger::Authorisation& authorisation = context.body.authorisations.front();
  auto proxy = proxy_of(context, state, authorisation);
  if (!proxy) return tl::unexpected(proxy.error());
  return Authorised{
      *std::move(patient), Grantor{authorisation.role, authorisation.account}, *std::move(proxy)};
}

/// One permit or deny on its way into the state.
class Giving {
 public:
  Giving(const OperationContext& context,
         Effect effect,
         const GrantTerms& terms,
         StateOverlay& state)
      : context_(context),
        authorisation_(context.body.authorisations.front()),
        effect_(effect),
        terms_(terms),
        state_(state) {}

  OperationResult run(Authorised authorised) {
    id_ = ledger::grant_id(ledger::authorisation_statement(context_.block.chain,
                                                           authorisation_,
                                                           terms_.patient,
                                                           context_.operation.type,
                                                           context_.body.operation));
    const ResultCode code = check(authorised);
    if (code != ResultCode::kOk) return {code, {}};
    end_superseded();
    write_grant(authorised.grantor);
    write_patient(std::move(authorised.patient));
    return {ResultCode::kOk, to_bytes(id_)};
  }

 private:
  [[nodiscard]] ResultCode check(const Authorised& authorised) const {
    if (is_revoked(authorised.grantor)) return ResultCode::kGrantRevoked;
    const auto next =
        identity::check_sequence(state_, terms_.patient, authorisation_, context_.block.time);
    if (next != ResultCode::kOk) return next;
    if (const auto code = check_terms(effect_, terms_, context_.parameters);
        code != ResultCode::kOk) {
      return code;
    }
    if (authorised.proxy) {
      const auto code = check_proxy_terms(*authorised.proxy, effect_, terms_);
      if (code != ResultCode::kOk) return code;
    }
    if (!grantee_exists()) return ResultCode::kUnknownGrantee;
    if (!group_version_exists()) return ResultCode::kWrongVersion;
    if (const auto code = check_supersedes(authorised.grantor); code != ResultCode::kOk) {
      return code;
    }
    if (is_shadowed(authorised)) return ResultCode::kShadowed;
    const bool own = authorised.grantor.role == AuthorisationRole::kPatient;
    const bool full = authorised.patient.grants >= max_grants(own);
    return full ? ResultCode::kTooManyGrants : ResultCode::kOk;
  }

  /// A quarter is for the patient himself: whoever writes in his name must not use up his last
  /// word.
  [[nodiscard]] std::uint64_t max_grants(bool own) const {
    const std::uint64_t all = context_.parameters.max_grants_per_patient;
    return own ? all : all - all / 4;
  }

  [[nodiscard]] bool is_revoked(const Grantor& grantor) const {
    return RevocationEntry::find(state_, terms_.patient, id_, grantor).has_value();
  }

  [[nodiscard]] bool grantee_exists() const {
    switch (terms_.grantee.kind) {
      case GranteeKind::kOrganisation:
        return execution::OrganisationEntry::load(state_, terms_.grantee.id).has_value();
      case GranteeKind::kPractitioner:
        return PractitionerEntry::load(state_, terms_.grantee.id).has_value();
      case GranteeKind::kGroup: return group_stands(ledger::GroupKind::kGroup);
      case GranteeKind::kProject: return group_stands(ledger::GroupKind::kProject);
      case GranteeKind::kAny: return true;
    }
    return false;
  }

  /// A permit needs a group that has not ended; a deny may still name one that has.
  [[nodiscard]] bool group_stands(ledger::GroupKind kind) const {
    const auto group = GroupEntry::load(state_, terms_.grantee.id);
    if (!group || group->kind != kind) return false;
    return effect_ == Effect::kDeny || !group->has_ended(context_.block.time);
  }

  [[nodiscard]] bool group_version_exists() const {
    if (!terms_.group_version) return true;
    const auto group = GroupEntry::load(state_, terms_.grantee.id);
    return *terms_.group_version > 0 && *terms_.group_version <= group->version;
  }

  [[nodiscard]] ResultCode check_supersedes(const Grantor& grantor) const {
    for (const GrantId& id : terms_.supersedes) {
      const auto entry = GrantEntry::load(state_, terms_.patient, id);
      if (!entry || entry->status != GrantStatus::kActive) return ResultCode::kInvalidSupersedes;
      if (!grantor.may_end_what(entry->grantor)) return ResultCode::kNotAuthorised;
    }
    return ResultCode::kOk;
  }

  /// The patient is told that an earlier deny stays in the way; others are not (PRIVACY.md 32). His
  /// custodian knows the denies; any other member that brings his grant would learn of one.
  [[nodiscard]] bool is_shadowed(const Authorised& authorised) const {
    const bool told = effect_ == Effect::kPermit && !terms_.acknowledge_shadowed &&
                      authorised.grantor.role == AuthorisationRole::kPatient &&
                      context_.submitter == authorised.patient.custodian;
    if (!told || authorised.patient.denies == 0) return false;
    context_.charge(work_of(authorised.patient.grants));
    const auto grants = list_grants(state_, terms_.patient);
    Overlaps overlaps;
    return std::any_of(grants.begin(), grants.end(), [&](const auto& grant) {
      const auto& [id, entry] = grant;
      return !is_superseded_here(id) && shadows(entry, overlaps);
    });
  }

  [[nodiscard]] bool is_superseded_here(const GrantId& id) const {
    return std::binary_search(terms_.supersedes.begin(), terms_.supersedes.end(), id);
  }

  /// Whom a denial names, and whether that is somebody of the permit's.
  using Overlaps = std::map<GranteeAt, bool>;

  [[nodiscard]] bool shadows(const GrantEntry& entry, Overlaps& overlaps) const {
    const bool over = entry.terms.valid_to && *entry.terms.valid_to <= context_.block.time;
    const auto& tables = policy::terminology(context_.parameters.terminology_version);
    return entry.effect == Effect::kDeny && entry.status == GrantStatus::kActive && !over &&
           windows_overlap(entry.terms, terms_) && purposes_overlap(tables, terms_, entry.terms) &&
           overlap(entry, overlaps);
  }

  /// Groups have to be loaded for it: once for each that is named.
  [[nodiscard]] bool overlap(const GrantEntry& denied, Overlaps& overlaps) const {
    const auto group = denied.group();
    const GranteeAt named{denied.terms.grantee, group ? group->version : std::nullopt};
    const auto [known, is_new] = overlaps.try_emplace(named);
    if (is_new) {
      context_.charge(kWorkPerGrantee);
      known->second = grantees_overlap(state_, {terms_.grantee, terms_.group_version}, named);
    }
    return known->second;
  }

  void end_superseded() {
    for (const GrantId& id : terms_.supersedes) {
      auto entry = GrantEntry::load(state_, terms_.patient, id);
      entry->status = GrantStatus::kSuperseded;
      entry->ended_at = context_.block.time;
      put(GrantEntry::key(terms_.patient, id), entry->encode());
    }
  }

  void write_grant(const Grantor& grantor) {
    GrantEntry entry;
    entry.effect = effect_;
    entry.terms = terms_;
    entry.grantor = grantor;
    entry.sequence = authorisation_.sequence;
    entry.submitter = context_.submitter;
    entry.created = context_.block.time;
    entry.height = context_.block.height;
    entry.uses_left = terms_.max_uses;
    if (terms_.names_group()) {
      const auto group = GroupEntry::load(state_, terms_.grantee.id);
      entry.group_version = terms_.group_version.value_or(group->version);
    }
    put(GrantEntry::key(terms_.patient, id_), entry.encode());
    put(SequenceEntry::key(terms_.patient, grantor.account),
        SequenceEntry{authorisation_.sequence}.encode());
  }

  void write_patient(PatientEntry patient) {
    patient.ever_granted = true;
    ++patient.grants;
    if (effect_ == Effect::kDeny) ++patient.denies;
    put(PatientEntry::key(terms_.patient), patient.encode());
  }

  void put(const ledger::StateKey& key, Bytes value) {
    identity::put_entry(context_, state_, key, std::move(value));
  }

  const OperationContext& context_;
  const ledger::Authorisation& authorisation_;
  Effect effect_;
  const GrantTerms& terms_;
  StateOverlay& state_;
  GrantId id_;
};

OperationResult give(const OperationContext& context,
                     Effect effect,
                     const GrantTerms& terms,
                     StateOverlay& state) {
  auto authorised = authorise(context, state);
  if (!authorised) return {authorised.error(), {}};
  return Giving(context, effect, terms, state).run(*std::move(authorised));
}

OperationResult end(const OperationContext& context,
                    const ledger::RevokeAccess& operation,
                    Authorised authorised,
                    StateOverlay& state) {
  const Grantor& grantor = authorised.grantor;
  auto grant = GrantEntry::load(state, operation.patient, operation.grant);
  if (grant && !grantor.may_end_what(grant->grantor)) return {ResultCode::kNotAuthorised, {}};

  if (RevocationEntry::find(state, operation.patient, operation.grant, grantor)) return {};

  const RevocationEntry entry{grantor, operation.reason, context.block.time, context.block.height};
  identity::put_entry(context,
                      state,
                      RevocationEntry::key(operation.patient, operation.grant, grantor),
                      entry.encode());
  if (grant && grant->status == GrantStatus::kActive) {
    grant->status = GrantStatus::kRevoked;
    grant->ended_at = context.block.time;
    identity::put_entry(
        context, state, GrantEntry::key(operation.patient, operation.grant), grant->encode());
  }
  // Whoever revokes has given: what is then open does not depend on which of the two came first.
  if (!authorised.patient.ever_granted) {
    authorised.patient.ever_granted = true;
    identity::put_entry(
        context, state, PatientEntry::key(operation.patient), authorised.patient.encode());
  }
  return {};
}

}  // namespace

OperationResult execute(const OperationContext& context,
                        const ledger::GrantAccess& operation,
                        StateOverlay& state) {
  return give(context, Effect::kPermit, operation.terms, state);
}

OperationResult execute(const OperationContext& context,
                        const ledger::DenyAccess& operation,
                        StateOverlay& state) {
  return give(context, Effect::kDeny, operation.terms, state);
}

OperationResult execute(const OperationContext& context,
                        const ledger::RevokeAccess& operation,
                        StateOverlay& state) {
  auto authorised = authorise(context, state);
  if (!authorised) return {authorised.error(), {}};
  return end(context, operation, *std::move(authorised), state);
}

OperationResult preview(const OperationContext& surroundings,
                        Effect effect,
                        const GrantTerms& terms,
                        StateOverlay& state) {
  auto supposed = suppose(surroundings, state);
  if (!supposed) return {supposed.error(), {}};
  return Giving(surroundings, effect, terms, state).run(*std::move(supposed));
}

OperationResult preview(const OperationContext& surroundings,
                        const ledger::RevokeAccess& operation,
                        StateOverlay& state) {
  auto supposed = suppose(surroundings, state);
  if (!supposed) return {supposed.error(), {}};
  return end(surroundings, operation, *std::move(supposed), state);
}

void count_use(const OperationContext& context,
               StateOverlay& state,
               const PatientId& patient,
               const GrantId& grant) {
  auto entry = GrantEntry::load(state, patient, grant);
  CHECK(entry.has_value(), "a deciding grant is in the state");
  if (!entry->uses_left || *entry->uses_left == 0) return;
  --*entry->uses_left;
  identity::put_entry(context, state, GrantEntry::key(patient, grant), entry->encode());
}

}  // namespace galen::consent
