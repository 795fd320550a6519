// May this caller see of a patient what may be discovered, as a list or as events? Only under a
// committed access (LogAccess) of its organisation that stands, until that expires; what is shown
// is decided record by record on the head (PRIVACY.md 21, 27, 28; docs/api.md "Lists of records").
// Thread rule: pure over a backend; any thread.
#pragma once

#include "ledger/operation.h"
#include "modules/audit/entries.h"
#include "modules/audit/evaluation.h"
#include "rpc/backend.h"
#include "rpc/callers.h"
#include "rpc/committed_operation.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace galen::rpc {

/// kInvalidArgument for fields that cannot be.
[[nodiscard]] Result<OperationName> access_name(std::string_view transaction,
                                                std::uint32_t operation);

/// An access that was decided, and whoever asked as the head knows him.
struct OpenAccess {
  ledger::AccessRequest request;
  policy::Requester requester;
  /// Its entry in the patient's log; none when he was unknown then, or nothing of what it names was
  /// his.
  std::optional<audit::AccessEntry> entry;
  ledger::Authorisation authorisation;  ///< by which he asked

  /// Whether it lets this record be shown at all; `decide()` is asked besides. Nothing without an
  /// entry of the patient, and no record that it was refused.
  [[nodiscard]] bool names(const RecordId& record) const;
  /// Whose use it took when it was decided; its own use is not missing afterwards.
  [[nodiscard]] std::optional<GrantId> counted_grant(const RecordId& record) const;
};

/// kUnavailable when this node has not committed it (yet). kExpired when it is over. kNotFound "not
/// found" for every other reason: another organisation's, refused before it was decided, a list
/// that was refused, erased since, whoever asked is not known any more or has another key. That it
/// stands says nothing of the patient: one that nobody knows is answered in the same way.
[[nodiscard]] Result<OpenAccess> open_list_gate(const Backend& backend,
                                                const Caller& caller,
                                                const storage::StateSnapshot& state,
                                                const OperationName& name);

}  // namespace galen::rpc
