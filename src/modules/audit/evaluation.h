// decide() on the facts of a state: for LogAccess inside a block, and outside it for lists, dry
// runs and the re-check at a release (PRIVACY.md 21, 22, 27). Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "modules/consent/grants.h"
#include "modules/identity/authorisation.h"
#include "modules/policy/decide.h"
#include "modules/records/records.h"

#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace galen::audit {

/// A patient's consent as of one state, loaded once for many decisions.
class PatientConsent {
 public:
  /// Looks up emergencies for purpose BTG only: no other decision depends on them.
  PatientConsent(const execution::StateReader& state,
                 const PatientId& patient,
                 std::string_view purpose);
  PatientConsent(const PatientConsent&) = delete;
  PatientConsent& operator=(const PatientConsent&) = delete;

  [[nodiscard]] policy::Decision decide(const policy::PolicyTables& tables,
                                        const policy::Requester& requester,
                                        const records::RecordEntry& record,
                                        const policy::Request& request) const;

  /// An emergency that is not on the chain yet: for the path that waits for no consensus.
  void add(policy::EmergencyFacts emergency) {
    context_.emergencies.push_back(std::move(emergency));
  }

 private:
  std::map<GrantId, consent::GrantEntry> grants_;
  policy::ConsentContext context_;  ///< refers to grants_
};

/// The person as requester: the patient himself, or a practitioner who acts for `organisation`.
/// nullopt when he is neither, or is unknown or suspended. Signatures are not checked here.
[[nodiscard]] std::optional<policy::Requester> load_requester(const execution::StateReader& state,
                                                              const ledger::AccessRequest& request);

/// Whether the request's recipient key is the one its person registered with proof of possession:
/// record keys are released to no other (PRIVACY.md 22, 30).
[[nodiscard]] bool names_registered_recipient(const execution::StateReader& state,
                                              const ledger::AccessRequest& request);

/// As load_requester, for a request whose authorisation stands: the patient through any submitter,
/// a practitioner through his own organisation only. nullopt otherwise.
[[nodiscard]] std::optional<policy::Requester> authenticate(
    const execution::StateReader& state,
    const ledger::AccessRequest& request,
    const identity::SignedOperation& signed_operation,
    const ledger::Authorisation& authorisation,
    execution::SignatureVerifier& signatures);

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
                                        const policy::Request& request);

/// What decide() needs of a signed request, at this time and with a fresh state.
[[nodiscard]] policy::Request policy_request(const ledger::AccessRequest& request,
                                             const policy::Instant& at);

}  // namespace galen::audit
