// What queries about a patient have in common: the signed or unsigned request they carry, and what
// is asked of this node before anything of the patient is looked at. Thread rule: any thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "modules/audit/evaluation.h"
#include "rpc/backend.h"
#include "rpc/callers.h"
#include "rpc/requester_signature.h"

namespace galen::rpc {

/// kFailedPrecondition for any height but 0 and the head's: the state keeps the latest value of
/// each key and the hashes of those before, so an older list cannot be shown, only guessed.
[[nodiscard]] Status require_head(std::uint64_t at_height, Height head);

/// For a dry run: the person named, or, when the request names none, any clinician of its
/// organisation. nullopt when there is no such person or organisation.
[[nodiscard]] std::optional<policy::Requester> supposed_requester(
    const execution::StateReader& state, const ledger::AccessRequest& asked);

/// One decision as it goes over the wire.
void fill(v1::CheckItem& item, const RecordId& record, const policy::Decision& decision);

}  // namespace galen::rpc
