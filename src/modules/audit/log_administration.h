// LogAdministration: an organisation says what it did with data outside the ledger, or to its own
// system: exports, backups, support access (HEALTH.md 3; docs/consent.md "Administrative acts").
// Thread rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"

namespace galen::audit {

/// How far the time of an act may lie ahead of the block's; how far behind is not judged.
inline constexpr std::uint64_t kActSlackMs = std::uint64_t{10} * 60 * 1000;

/// By the organisation that acted; signed by its person, or, when that is the organisation itself,
/// by nobody beside the submitter. It stands in the log that it names, and unless that is answered
/// for by the submitter, as Asked in its own, which is all of an unknown one or another
/// organisation's. The answer is the same. The
/// same act again writes nothing. kNotAuthorised (another organisation's act), kUnknownPractitioner
/// (or of another organisation), kAccountInactive, kBadAuthorisation, kBadSignature,
/// kInvalidPurpose (of no table), kInvalidWindow (in the future), kUnknownOrganisation (the
/// recipient), kInvalidFlag (a recipient of what is no export, or oneself), kAlreadyExists (another
/// act under a used request id).
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::LogAdministration& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::audit
