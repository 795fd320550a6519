// May this person open this record in an emergency, now and here? Decided on this node's committed
// state, however old, and on a declaration that need not be on the chain; durable in the node's
// journal before anything is released, permitted or refused (PRIVACY.md 25, 28; docs/payload.md).
// Thread rule: pure but for the journal; any thread.
#pragma once

#include "rpc/backend.h"
#include "rpc/callers.h"

#include <string>
#include <vector>

namespace galen::rpc {

/// What the requester sends: his request for one record and his declaration, both signed.
struct EmergencyRequest {
  ledger::AccessRequest access;
  ledger::Authorisation authorisation;
  ledger::DeclareEmergency declaration;
  ledger::Authorisation declared_by;
};

/// A release that stands, and is in the journal.
struct EmergencyRelease {
  EmergencyRequest request;
  PayloadAddress address;
  std::vector<std::string> obligations;
  ledger::LogEmergency entry;
  Digest hash;        ///< of the entry
  Signature receipt;  ///< of this node, over journal, number and hash
  /// The record's index entry and its state proof: that this is the custodian, and this the
  /// content. Empty when it names a newer version that is outside the emergency, and before the
  /// first block.
  Bytes index_entry;
  Bytes index_proof;
};

/// kNotFound "not found" for whatever is refused, also when the journal takes no more refusals. Of
/// others' patients nothing is recorded, whatever is so there; one whom the own organisation erased
/// is its own. Whoever the patient is: kInvalidArgument for a request that is none of an emergency
/// for one record, or another organisation's; kUnavailable while the node is catching up, and when
/// the journal cannot be written: then nothing is released to anybody; kResourceExhausted when it
/// is full, or the share of the caller's organisation is. The request's declaration alone decides,
/// whatever others the chain has.
[[nodiscard]] Result<EmergencyRelease> open_emergency_gate(Backend& backend,
                                                           const Caller& caller,
                                                           const EmergencyRequest& request);

/// decide() again on the newest state, before each chunk. kNotFound.
[[nodiscard]] Status recheck_emergency(const Backend& backend, const EmergencyRelease& release);

}  // namespace galen::rpc
