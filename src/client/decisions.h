// Decisions that are not yet, and decisions that were (docs/consent.md). Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/audit.h"
#include "galen/decisions.h"

namespace galen::client {

/// What terms would change for the persons and organisations named. Opens nothing.
/// kInvalidArgument, kNotFound.
[[nodiscard]] Result<SimulateView> simulate(Session& session, const SimulateOptions& options);

/// Grants, denials and revocations of one patient that nobody signed yet, encoded.
struct ProposedConsent {
  std::vector<Bytes> operations;
  std::optional<AccountId> grantor;  ///< nullopt: the patient
};

/// What they would change for a clinician of every member and the practitioners they name, for
/// each purpose of `terms` that clinicians may ask for. REQUIRES: terms, of the same patient.
[[nodiscard]] Result<SimulateView> effects_of(Session& session,
                                              const ProposedConsent& proposed,
                                              const std::vector<ledger::GrantTerms>& terms);

/// A past access: its entry, read from the log (log_reading.h) and proven to stand there, its
/// decision made again where that can be proven, and, for the custodian, the grants that decided,
/// each from a verified proof. kNotFound, kCorrupt.
[[nodiscard]] Result<ExplainView> explain(Session& session, const ExplainOptions& options);
/// The same of every access that a block put into the patient's log, none of them left out; acts
/// and readings decide nothing and are not among them.
[[nodiscard]] Result<std::vector<ExplainView>> explain_block(Session& session,
                                                             const ExplainBlockOptions& options);

}  // namespace galen::client
