// May this caller read this audit log now? Only under a committed reading (LogAuditRead) that
// permitted it, while it lasts, and after asking again on the head (PRIVACY.md 27, 28; docs/api.md
// "Reading an audit log"). Every read of a log passes here. Thread rule: pure over a backend; any
// thread.
#pragma once

#include "ledger/operation.h"
#include "modules/audit/entries.h"
#include "modules/audit/statement_source.h"
#include "rpc/backend.h"
#include "rpc/callers.h"
#include "rpc/committed_operation.h"

#include <cstdint>
#include <memory>
#include <string_view>

namespace galen::rpc {

/// Under which reading somebody asks, and for which log.
struct ReadingName {
  OperationName reading;
  PatientId log;
};

/// kInvalidArgument for fields that cannot be.
[[nodiscard]] Result<ReadingName> reading_name(std::string_view log,
                                               std::string_view transaction,
                                               std::uint32_t operation);

/// A reading that stands, on one state.
struct AuditReading {
  std::shared_ptr<const storage::StateSnapshot> snapshot;
  ledger::LogAuditRead operation;
  audit::AccessEntry entry;  ///< its own
  std::uint64_t index = 0;   ///< of that: what it covers stands before it

  /// The entries of its range, and with `neighbours` one on each side where the log goes on, of
  /// which its own may be one: they show where the range ends. kNotFound for a log that is erased
  /// meanwhile.
  [[nodiscard]] Result<audit::LogStretch> stretch(bool neighbours) const;
  /// Whether it covers this entry of the log.
  [[nodiscard]] bool covers(std::uint64_t place, TimeMs time) const;
  /// Whether a statement of this range shows no more than it covers. A range of heights is covered
  /// by a reading from the beginning on.
  [[nodiscard]] bool covers(const audit::StatementRange& range) const;
};

/// kUnavailable on a stale node, before anything else is looked at. kExpired when it was permitted
/// and is over. kNotFound "not found" for every other reason.
[[nodiscard]] Result<AuditReading> open_audit_gate(const Backend& backend,
                                                   const Caller& caller,
                                                   const ReadingName& name);

}  // namespace galen::rpc
