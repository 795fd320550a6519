// Registering persons: keys, random ids and proofs of possession (PRIVACY.md 9, 30).
// Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/types.h"

namespace galen::client {

[[nodiscard]] Committed to_committed(const Receipted& receipted);

/// kConfig, kIo for key files; as Session::transact_one.
[[nodiscard]] Result<Registered> register_patient(Session& session, const PatientOptions& options);

[[nodiscard]] Result<Registered> register_practitioner(Session& session,
                                                       const PractitionerOptions& options);

/// A RegisterPatient operation with fresh keys, for load generators; `person` gets the keys.
[[nodiscard]] ledger::RegisterPatient new_patient(Session& session, Person& person);
/// The same of a practitioner of this organisation.
[[nodiscard]] ledger::RegisterPractitioner new_practitioner(Session& session,
                                                            ledger::Role role,
                                                            Person& person);

}  // namespace galen::client
