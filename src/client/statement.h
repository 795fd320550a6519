// Access statements: assembled from a node's answers, verified, put into words. A statement is
// believed because it verifies, whichever node it comes from. Thread rule: functions from any
// thread, but for get_statement.
#pragma once

#include "client/log_reading.h"
#include "client/session.h"
#include "galen/audit.h"
#include "modules/audit/statement.h"

namespace galen::client {

/// Logs the reading, then as fetch_statement. kInvalidArgument for a range that cannot be, and
/// everything of open_reading.
[[nodiscard]] Result<StatementFile> get_statement(Session& session,
                                                  const StatementOptions& options);

/// Of what was committed before the reading, which ends every range. kInvalidArgument when the
/// range begins later; kCorrupt when a node's answer does not verify, is of another log, or of a
/// block before the reading: what the reading covers is then complete.
[[nodiscard]] Result<StatementFile> fetch_statement(Session& session,
                                                    const LogReading& reading,
                                                    audit::StatementRange range);

/// As fetch_statement, in terms of the ledger: every entry of the range, proven.
[[nodiscard]] Result<audit::ProvenStatement> fetch_entries(Session& session,
                                                           const LogReading& reading,
                                                           audit::StatementRange range);

/// A statement as stored in a file. kCorrupt for any changed byte, and for another chain.
[[nodiscard]] Result<StatementReport> verify_statement_bytes(BytesView bytes,
                                                             const ledger::Genesis& genesis);

/// The range that the options mean. kInvalidArgument.
[[nodiscard]] Result<audit::StatementRange> statement_range(const StatementOptions& options,
                                                            TimeMs now);

}  // namespace galen::client
