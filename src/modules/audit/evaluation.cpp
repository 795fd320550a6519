#include "modules/audit/evaluation.h"

#include "modules/emergency/declarations.h"
#include "modules/identity/people.h"
#include "modules/identity/proxies.h"

#include <algorithm>
#include <utility>

namespace galen::audit {

namespace {

using execution::StateOverlay;
using execution::StateReader;
using identity::PatientEntry;
using identity::PractitionerEntry;
using identity::ProxyEntry;
using ledger::AuthorisationRole;

bool ever_granted(const StateReader& state, const PatientId& patient) {
  const auto entry = PatientEntry::load(state, patient);
  return entry && entry->ever_granted;
}

bool is_subject(const ledger::AccessRequest& request) {
  return id_cast<PatientId>(request.person) == request.patient;
}

AuthorisationRole signing_role(ledger::Role role) {
  if (role == ledger::Role::kPatient) return AuthorisationRole::kPatient;
  if (role == ledger::Role::kProxy) return AuthorisationRole::kProxy;
  return AuthorisationRole::kRequester;
}

/// None when the patient is erased under a reader. Those of a suspended person too: decide()
/// refuses him, and says why.
std::vector<PublicKey> keys_of(const StateReader& state,
                               const ledger::AccessRequest& request,
                               AuthorisationRole role) {
  if (role == AuthorisationRole::kPatient) {
    const auto entry = PatientEntry::load(state, request.patient);
    return entry ? entry->signing_keys : std::vector<PublicKey>{};
  }
  if (role == AuthorisationRole::kProxy) {
    const auto entry = ProxyEntry::load(state, request.patient, request.person);
    return entry ? std::vector{entry->terms.keys.signing_key} : std::vector<PublicKey>{};
  }
  const auto entry = PractitionerEntry::load(state, request.person);
  return entry ? entry->signing_keys : std::vector<PublicKey>{};
}

/// One line for each purpose; a revoked one ends with its revocation.
void add_facts(const ProxyEntry& entry, std::vector<policy::ProxyFacts>& facts) {
  for (const std::string& purpose : entry.terms.purposes) {
    facts.push_back({entry.terms.proxy,
                     purpose,
                     entry.terms.from,
                     entry.end(),
                     entry.terms.excluded_labels,
                     entry.terms.labels_key_id});
  }
}

}  // namespace

PatientConsent::PatientConsent(const StateReader& state,
                               const PatientId& patient,
                               std::string_view purpose,
                               ConsentMemory* memory)
    : state_(state),
      committed_(load_grants(state, patient, memory)),
      context_{policy::ConsentLayers(committed_->index()), ever_granted(state, patient), {}, {}} {
  note_groups(committed_->of_groups());
  note_persons(patient, purpose);
}

PatientConsent::PatientConsent(const StateOverlay& state,
                               const PatientId& patient,
                               std::string_view purpose,
                               ConsentMemory* memory)
    : state_(state),
      committed_(load_grants(state.base(), patient, memory)),
      context_{policy::ConsentLayers(committed_->index()), ever_granted(state, patient), {}, {}} {
  const ledger::TreeId tree{ledger::TreeKind::kClinical, patient};
  state.scan_writes(
      tree, ledger::KeyKind::kGrant, [&](BytesView id, const std::optional<Bytes>& value) {
        changed_.push_back(GrantId::from(id));
        if (value) changes_.emplace(changed_.back(), consent::decode_stored_grant(*value));
      });
  std::sort(changed_.begin(), changed_.end());
  note_persons(patient, purpose);
  note_groups(committed_->of_groups());
  if (changed_.empty()) return;
  std::erase_if(groups_, [this](const GroupGrant& grant) {
    return std::binary_search(changed_.begin(), changed_.end(), grant.facts.id);
  });
  note_groups(changes_);
  context_.grants = policy::ConsentLayers(committed_->index(), index_of(changes_), changed_);
}

void PatientConsent::note_persons(const PatientId& patient, std::string_view purpose) {
  for (const auto& [id, proxy] : identity::list_proxies(state_, patient)) {
    add_facts(proxy, context_.proxies);
  }
  if (purpose == policy::kBreakGlassPurpose) {
    context_.emergencies = emergency::emergencies_of(state_, patient);
  }
}

void PatientConsent::note_groups(const std::map<GrantId, consent::GrantEntry>& entries) {
  for (const auto& [id, entry] : entries) {
    if (const auto group = entry.group()) groups_.push_back({entry.facts(id), *group});
  }
}

std::uint64_t PatientConsent::work() const {
  constexpr std::uint64_t kPerGrant = 2;
  constexpr std::uint64_t kPerPerson = 10;
  constexpr std::uint64_t kPerGroup = 20;
  return 1 + kPerGrant * (committed_->size() + changed_.size()) +
         kPerPerson * (context_.proxies.size() + context_.emergencies.size()) +
         kPerGroup * groups_.size();
}

std::uint64_t PatientConsent::work_per_record() const {
  constexpr std::uint64_t kComparisonsPerUnit = 100;
  std::uint64_t comparisons = committed_->comparisons();
  for (const auto& [id, entry] : changes_) comparisons += comparisons_of(entry.terms);
  return 1 + comparisons / kComparisonsPerUnit;
}

/// The grants to groups stand in a layer of their own, with those members that matter here. Who is
/// a member depends on no record, and is asked for once of each group and version.
const policy::IndexedConsent& PatientConsent::resolved(const policy::Requester& requester,
                                                       const policy::Instant& at) const {
  if (resolved_ && resolved_->requester == requester && resolved_->at == at) {
    return resolved_->consent;
  }
  std::vector<GrantId> hidden = changed_;
  std::vector<policy::GrantFacts> layer;
  for (const auto& [id, entry] : changes_) {
    if (!entry.group()) layer.push_back(entry.facts(id));
  }
  using Asked = std::tuple<AccountId, std::optional<std::uint32_t>, ledger::Effect>;
  std::map<Asked, std::vector<AccountId>> members;
  for (const GroupGrant& grant : groups_) {
    hidden.push_back(grant.facts.id);
    layer.push_back(grant.facts);
    const Asked asked{grant.group.group, grant.group.version, grant.facts.effect};
    const auto [known, is_new] = members.try_emplace(asked);
    if (is_new) {
      known->second = groups::members_among(state_, grant.group, grant.facts.effect, requester, at);
    }
    layer.back().members = known->second;
  }
  resolved_.reset();
  resolved_.emplace(
      Resolved{requester,
               at,
               {policy::ConsentLayers(
                    committed_->index(), policy::ConsentIndex(std::move(layer)), std::move(hidden)),
                context_.ever_granted,
                context_.proxies,
                context_.emergencies}});
  return resolved_->consent;
}

policy::Decision PatientConsent::decide(const policy::PolicyTables& tables,
                                        const policy::Requester& requester,
                                        const records::RecordEntry& record,
                                        const policy::Request& request) const {
  const auto& consent = groups_.empty() ? context_ : resolved(requester, request.at);
  return policy::decide(tables, requester, record.facts(), consent, request);
}

std::optional<policy::Requester> load_requester(const StateReader& state,
                                                const ledger::AccessRequest& request) {
  policy::Requester requester;
  requester.person = request.person;
  if (is_subject(request)) {
    if (!PatientEntry::load(state, request.patient)) return std::nullopt;
    requester.role = ledger::Role::kPatient;
    return requester;
  }
  if (ProxyEntry::load(state, request.patient, request.person)) {
    requester.role = ledger::Role::kProxy;
    return requester;
  }
  const auto practitioner = PractitionerEntry::load(state, request.person);
  if (!practitioner) return std::nullopt;
  if (practitioner->organisation != request.organisation) return std::nullopt;
  const auto organisation = execution::OrganisationEntry::load(state, request.organisation);
  if (!organisation) return std::nullopt;
  requester.role = practitioner->role;
  requester.emergency_privilege = practitioner->emergency_privilege;
  requester.organisation = request.organisation;
  requester.kind = organisation->kind;
  requester.region = organisation->region;
  requester.organisation_active = organisation->active;
  requester.person_active = practitioner->active;
  return requester;
}

bool names_registered_recipient(const StateReader& state, const ledger::AccessRequest& request) {
  return identity::registered_agreement_key(state, request.person, request.patient) ==
         request.recipient_key;
}

std::optional<policy::Requester> authenticate(const StateReader& state,
                                              const ledger::AccessRequest& request,
                                              const identity::SignedOperation& signed_operation,
                                              const ledger::Authorisation& authorisation,
                                              execution::SignatureVerifier& signatures) {
  auto requester = load_requester(state, request);
  if (!requester || authorisation.account != request.person) return std::nullopt;
  if (authorisation.role != signing_role(requester->role)) return std::nullopt;
  const bool own_node = request.organisation == signed_operation.submitter;
  if (!own_node && authorisation.role == AuthorisationRole::kRequester) return std::nullopt;
  const auto keys = keys_of(state, request, authorisation.role);
  const auto code =
      identity::check_authorisation(signed_operation, authorisation, keys, signatures);
  return code == ledger::ResultCode::kOk ? requester : std::nullopt;
}

std::optional<PublicKey> signing_key(const StateReader& state,
                                     const ledger::AccessRequest& request,
                                     const ledger::Authorisation& authorisation) {
  if (authorisation.account != request.person) return std::nullopt;
  const auto keys = keys_of(state, request, authorisation.role);
  const std::size_t index = authorisation.key_index;
  if (index >= keys.size() || keys[index].is_zero()) return std::nullopt;
  return keys[index];
}

policy::Decision evaluate(const StateReader& state,
                          const ledger::Parameters& parameters,
                          const policy::Requester& requester,
                          const RecordName& name,
                          const policy::Request& request,
                          ConsentMemory* memory) {
  const policy::PolicyTables tables = policy::tables_of(parameters);
  // Staleness is tested first, for known and unknown records alike (PRIVACY.md 28).
  if (policy::is_stale(tables, request.purpose, request.state_age_ms)) {
    return {false, policy::Reason::kStaleState, std::nullopt, {}, {}};
  }
  const policy::Decision unknown{false, policy::Reason::kUnknownRecord, std::nullopt, {}, {}};
  if (!PatientEntry::load(state, name.patient)) return unknown;
  const auto entry = records::RecordEntry::load(state, name.patient, name.record);
  if (!entry) return unknown;
  return PatientConsent(state, name.patient, request.purpose, memory)
      .decide(tables, requester, *entry, request);
}

policy::Reason judge_listing(const policy::PolicyTables& tables,
                             const policy::Requester& requester,
                             std::string_view purpose) {
  if (!policy::may_assert(tables, requester.role, purpose)) return policy::Reason::kPurpose;
  const bool active = requester.organisation_active && requester.person_active;
  return active ? policy::Reason::kListed : policy::Reason::kMemberInactive;
}

policy::Request policy_request(const ledger::AccessRequest& request, const policy::Instant& at) {
  policy::Request result;
  result.purpose = request.purpose;
  result.action = request.action;
  result.project = request.project;
  result.at = at;
  return result;
}

}  // namespace galen::audit
