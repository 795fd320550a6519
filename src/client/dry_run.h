// What grants, denials and revocations would change for whom, before anybody signs them
// (docs/consent.md, "Dry runs"). For the patient's custodian. Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/decisions.h"
#include "ledger/grant_terms.h"

#include <optional>
#include <vector>

namespace galen::client {

/// What terms would change for the persons and organisations named, or for everybody. Opens
/// nothing. kInvalidArgument, kNotFound.
[[nodiscard]] Result<SimulateView> simulate(Session& session, const SimulateOptions& options);

/// A grant or denial that comes or goes.
struct ConcernedTerms {
  ledger::Effect effect = ledger::Effect::kPermit;
  ledger::GrantTerms terms;
};

/// Grants, denials and revocations of one patient that nobody signed yet, encoded.
struct ProposedConsent {
  std::vector<Bytes> operations;
  std::optional<AccountId> grantor;       ///< nullopt: the patient
  std::vector<ConcernedTerms> concerned;  ///< of all of them; not empty
};

/// What changes for everybody: in each role that somebody of any member may have, for each purpose
/// it may assert and the terms bear on, and for the practitioners that they or standing grants of
/// the patient name. kInvalidArgument, kNotFound (not the patient's custodian).
[[nodiscard]] Result<SimulateView> effects_of(Session& session, const ProposedConsent& proposed);

}  // namespace galen::client
