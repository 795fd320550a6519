// decide() on the facts of a state: for LogAccess inside a block, and outside it for lists, dry
// runs and the re-check at a release (PRIVACY.md 21, 22, 27). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "modules/audit/consent_memory.h"
#include "modules/consent/grants.h"
#include "modules/identity/authorisation.h"
#include "modules/policy/decide.h"
#include "modules/records/records.h"

#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace galen::audit {

/// A patient's consent as of one state, loaded once for many decisions. The state outlives it. One
/// thread.
/// `memory` (not owned; may be null) only saves work: the answers are the same without it.
class PatientConsent {
 public:
  /// Looks up emergencies for purpose BTG only: no other decision depends on them.
  PatientConsent(const execution::StateReader& state,
                 const PatientId& patient,
                 std::string_view purpose,
                 ConsentMemory* memory = nullptr);
  /// Inside a block: what it changed so far is read from the overlay, the rest as committed.
  PatientConsent(const execution::StateOverlay& state,
                 const PatientId& patient,
                 std::string_view purpose,
                 ConsentMemory* memory = nullptr);
  PatientConsent(const PatientConsent&) = delete;
  PatientConsent& operator=(const PatientConsent&) = delete;

  [[nodiscard]] policy::Decision decide(const policy::PolicyTables& tables,
                                        const policy::Requester& requester,
                                        const records::RecordEntry& record,
                                        const policy::Request& request) const;

  /// What it takes to load this, and then to decide on one record: units of execution::Work. The
  /// same whatever `memory` kept.
  [[nodiscard]] std::uint64_t work() const;
  [[nodiscard]] std::uint64_t work_per_record() const;

  /// An emergency that is not on the chain yet: for the path that waits for no consensus.
  void add(policy::EmergencyFacts emergency) {
    context_.emergencies.push_back(std::move(emergency));
    resolved_.reset();
  }

 private:
  /// Grants to groups and projects: who is a member stands in other trees than the patient's, so it
  /// is asked for each requester, and never remembered with the grants.
  struct GroupGrant {
    policy::GrantFacts facts;
    groups::GroupView group;
  };

  /// Who acts for the patient, and who declared emergencies.
  void note_persons(const PatientId& patient, std::string_view purpose);
  void note_groups(const std::map<GrantId, consent::GrantEntry>& entries);
  [[nodiscard]] const policy::IndexedConsent& resolved(const policy::Requester& requester,
                                                       const policy::Instant& at) const;

  /// With the members that matter to one requester at one time.
  struct Resolved {
    policy::Requester requester;
    policy::Instant at;
    policy::IndexedConsent consent;
  };

  const execution::StateReader& state_;
  std::shared_ptr<const CommittedGrants> committed_;
  std::map<GrantId, consent::GrantEntry> changes_;  ///< of the block so far
  std::vector<GrantId> changed_;                    ///< those, and what it deleted
  std::vector<GroupGrant> groups_;
  policy::IndexedConsent context_;            ///< refers to all of them
  mutable std::optional<Resolved> resolved_;  ///< the last: mostly all records are asked for by one
};

/// The person as requester: the patient himself, a proxy of his (in force or not), or a
/// practitioner who acts for `organisation` (suspended or not: decide() refuses him). nullopt when
/// he is none of them. Signatures are not checked here.
[[nodiscard]] std::optional<policy::Requester> load_requester(const execution::StateReader& state,
                                                              const ledger::AccessRequest& request);

/// Whether the request's recipient key is the one its person registered with proof of possession:
/// record keys are released to no other (PRIVACY.md 22, 30).
[[nodiscard]] bool names_registered_recipient(const execution::StateReader& state,
                                              const ledger::AccessRequest& request);

/// As load_requester, for a request whose authorisation stands: patient and proxy through any
/// submitter, a practitioner through his own organisation only. nullopt otherwise.
[[nodiscard]] std::optional<policy::Requester> authenticate(
    const execution::StateReader& state,
    const ledger::AccessRequest& request,
    const identity::SignedOperation& signed_operation,
    const ledger::Authorisation& authorisation,
    execution::SignatureVerifier& signatures);

/// The key that this authorisation of a requester names, as the state has it now; nullopt when it
/// is not his, or was retired.
[[nodiscard]] std::optional<PublicKey> signing_key(const execution::StateReader& state,
                                                   const ledger::AccessRequest& request,
                                                   const ledger::Authorisation& authorisation);

/// A record by name.
struct RecordName {
  PatientId patient;
  RecordId record;
};

/// decide() on one record by name: for a dry run and for the re-check before a release. An unknown
/// or erased record or patient is denied with kUnknownRecord.
[[nodiscard]] policy::Decision evaluate(const execution::StateReader& state,
                                        const ledger::Parameters& parameters,
                                        const policy::Requester& requester,
                                        const RecordName& name,
                                        const policy::Request& request,
                                        ConsentMemory* memory = nullptr);

/// Whether somebody may ask for lists at all: the steps of decide() that need no record. kListed,
/// or why not; the same for every patient.
[[nodiscard]] policy::Reason judge_listing(const policy::PolicyTables& tables,
                                           const policy::Requester& requester,
                                           std::string_view purpose);

/// What decide() needs of a signed request, at this time and with a fresh state.
[[nodiscard]] policy::Request policy_request(const ledger::AccessRequest& request,
                                             const policy::Instant& at);

}  // namespace galen::audit
