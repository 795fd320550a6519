// Evidence against validators: fetched, verified against the genesis file, put into words. Nothing
// a node shows is believed because the node shows it. Thread rule: functions from any thread, but
// for those with a session.
#pragma once

#include "client/session.h"
#include "galen/evidence.h"
#include "galen/types.h"

#include <optional>
#include <string>
#include <vector>

namespace galen::client {

/// `member`: an organisation's name or a validator index. kInvalidArgument for one that is neither,
/// kCorrupt when a piece does not verify or is of another member.
[[nodiscard]] Result<std::vector<EvidenceView>> list_evidence(
    Session& session, const std::optional<std::string>& member);
/// kNotFound, kCorrupt.
[[nodiscard]] Result<EvidenceFile> get_evidence(Session& session, const std::string& id);

/// A piece of evidence or a fail-stop bundle as stored in a file. kCorrupt for any changed byte.
[[nodiscard]] Result<EvidenceReport> verify_evidence_bytes(BytesView bytes,
                                                           const ledger::Genesis& genesis);

}  // namespace galen::client
