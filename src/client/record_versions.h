// New versions of records, retractions, and the history of a record (HEALTH.md 2.2).
// Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/types.h"

namespace galen::client {

/// Encrypts and stores the file, then puts it in the old version's place. kInvalidArgument, else as
/// put_record.
[[nodiscard]] Result<PutResult> replace_record(Session& session,
                                               const ReplaceOptions& options,
                                               const Progress& progress);

/// kInvalidArgument; as Session::transact_one.
[[nodiscard]] Result<Committed> retract_record(Session& session, const RetractOptions& options);

/// Every version before and after the given one, oldest first; each stands in a verified proof. The
/// line ends at an erased version, which is shown as such. kNotFound, kCorrupt.
[[nodiscard]] Result<std::vector<VersionView>> record_history(Session& session,
                                                              const HistoryOptions& options);

}  // namespace galen::client
