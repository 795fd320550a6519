// What queries about a patient have in common: the signed or unsigned request they carry, and what
// is asked of this node before anything of the patient is looked at. Thread rule: any thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "modules/audit/evaluation.h"
#include "rpc/backend.h"
#include "rpc/callers.h"
#include "rpc/requester_signature.h"

namespace galen::rpc {

/// The moment that a list is of.
struct ListMoment {
  Height height;
  TimeMs time;  ///< of its block; without a height as `release_instant` has it, for what ended by
                ///< the clock
  bool is_head = true;
};

/// The head for 0. Whatever was listed has its beginning and end on it, so an older list is told
/// from the newest state; what an erasure took is gone from both. kUnavailable above this node's
/// head, kFailedPrecondition when it does not keep that block.
[[nodiscard]] Result<ListMoment> list_moment(const Backend& backend,
                                             const storage::StateSnapshot& state,
                                             std::uint64_t at_height);

/// For a dry run: the person named, of his own organisation when the request names none; or, when
/// it names no person, anybody of its organisation in this role. nullopt when there is no such
/// person or organisation.
[[nodiscard]] std::optional<policy::Requester> supposed_requester(
    const execution::StateReader& state,
    const ledger::AccessRequest& asked,
    ledger::Role role = ledger::Role::kClinician);

/// One decision as it goes over the wire.
void fill(v1::CheckItem& item, const RecordId& record, const policy::Decision& decision);

}  // namespace galen::rpc
