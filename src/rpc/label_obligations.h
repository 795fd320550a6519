// What sensitivity labels oblige to, where they stand as tags: the custodian resolves it with his
// label secrets, the ledger cannot (PRIVACY.md 35). Thread rule: pure over a backend; any thread.
#pragma once

#include "modules/policy/decide.h"
#include "rpc/backend.h"

namespace galen::rpc {

/// Obligations of the parameters' table for a patient's tags, sorted, each once. All of them for
/// tags that this node has no secret for: a notice too many is no harm, one too few is.
[[nodiscard]] std::vector<std::string> label_obligations(const Backend& backend,
                                                         const ledger::Parameters& parameters,
                                                         const PatientId& patient,
                                                         const policy::LabelTags& tags);

/// As decided, with what the tags oblige to in front, as decide() orders it.
[[nodiscard]] policy::Decision with_label_obligations(const Backend& backend,
                                                      const ledger::Parameters& parameters,
                                                      const PatientId& patient,
                                                      policy::Decision decision);

}  // namespace galen::rpc
