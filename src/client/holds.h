// Legal holds: placed, lifted, and listed with their proof. Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "client/state_query.h"
#include "galen/erasure.h"
#include "galen/own_queries.h"
#include "galen/types.h"

#include <string>

namespace galen::client {

[[nodiscard]] Result<Registered> place_hold(Session& session, const HoldOptions& options);
[[nodiscard]] Result<Committed> lift_hold(Session& session,
                                          const std::string& patient,
                                          const std::string& hold);

/// The verified proof of all holds on a patient, or of their absence: for his custodian, and with
/// `own` for himself. kNotFound (another's patient, or none), kCorrupt.
[[nodiscard]] Result<ProvenKey> prove_holds(Session& session,
                                            const PatientId& patient,
                                            const OwnRequest& own);

/// Those that have not been lifted, by id; also those that have run out. As prove_holds.
[[nodiscard]] Result<HoldList> list_holds(Session& session, const PersonQuery& query);

}  // namespace galen::client
