#include "client/statement.h"

#include "base/hex.h"
#include "client/access_view.h"
#include "client/text_forms.h"
#include "modules/audit/statement.h"

#include <algorithm>
#include <utility>

namespace galen::client {

namespace {

tl::unexpected<Error> corrupt(std::string what) {
  return fail(ErrorCode::kCorrupt, std::move(what));
}

StatementReport report_of(const audit::Statement& statement,
                          const audit::ProvenStatement& proven,
                          const ledger::Genesis& genesis) {
  StatementReport report;
  report.chain = to_hex(statement.state.header.chain);
  report.patient = to_hex(proven.log);
  report.unit = statement.range.unit == audit::RangeUnit::kTime ? "time" : "height";
  report.from = statement.range.from;
  report.to = statement.range.to;
  report.height = proven.height.value;
  report.time_ms = proven.time.value;
  report.block_hash = to_hex(ledger::block_hash(statement.state.header));
  report.signatures = statement.state.certificate.signatures.size();
  report.quorum = ledger::quorum(genesis.validators.size());
  report.log_size = proven.log_size;
  report.may_grow = proven.may_grow;
  for (const auto& [index, entry] : proven.entries) {
    report.entries.push_back(access_view(index, entry, genesis));
  }
  return report;
}

/// The stretch that the node's answer names, its further entries read page by page. A log only
/// grows, so pages of a later head hold the same entries; the proof of the first answer binds them
/// all.
Result<audit::Statement> assemble(NodeApi& node,
                                  const LogReading& reading,
                                  const audit::StatementRange& range,
                                  Deadline until) {
  GALEN_TRY(auto answer, node.statement(reading.log, reading.transaction, range, until));
  audit::Statement statement;
  statement.range = range;
  auto proof = ledger::decode_state_proof(answer.state_proof);
  if (!proof) return corrupt(proof.error().message);
  statement.state = *std::move(proof);
  statement.first = answer.first_index;
  statement.path = std::move(answer.path);
  statement.entries = std::move(answer.entries);
  if (answer.last_index < answer.first_index ||
      answer.last_index - answer.first_index > audit::kMaxStatementEntries) {
    return corrupt("the answer names a stretch that cannot be");
  }
  const std::uint64_t size = answer.last_index - answer.first_index;
  while (statement.entries.size() < size) {
    const std::uint64_t next = answer.first_index + statement.entries.size();
    GALEN_TRY(auto page, node.accesses({reading.log, reading.transaction, next, true}, until));
    if (page.entries.empty()) return corrupt("entries of the statement are missing");
    for (Bytes& entry : page.entries) {
      if (statement.entries.size() < size) statement.entries.push_back(std::move(entry));
    }
  }
  return statement;
}

Result<StatementFile> ask_node(const Session& session,
                               NodeApi& node,
                               const LogReading& reading,
                               const audit::StatementRange& range,
                               Deadline until) {
  GALEN_TRY(const auto statement, assemble(node, reading, range, until));
  StatementFile file;
  file.bytes = audit::encode(statement);
  GALEN_TRY(file.report, verify_statement_bytes(file.bytes, session.genesis()));
  if (file.report.patient != to_hex(reading.log)) {
    return corrupt("the statement is of another patient");
  }
  if (file.report.height < reading.height.value) {
    return corrupt("it shows an old block, height " + std::to_string(file.report.height) +
                   ", while the reading stands at height " + std::to_string(reading.height.value));
  }
  return file;
}

Result<std::uint64_t> time_or(const std::string& text,
                              std::uint64_t otherwise,
                              TimeMs now,
                              const char* option) {
  if (text.empty()) return otherwise;
  GALEN_TRY(const TimeMs time, parse_time(text, now, option));
  return time.value;
}

}  // namespace

Result<audit::StatementRange> statement_range(const StatementOptions& options, TimeMs now) {
  const bool by_height = options.from_height || options.to_height;
  if (by_height && (!options.from.empty() || !options.to.empty())) {
    return fail(ErrorCode::kInvalidArgument, "give times or heights, not both");
  }
  audit::StatementRange range;
  if (by_height) {
    range.unit = audit::RangeUnit::kHeight;
    range.from = options.from_height.value_or(0);
    range.to = options.to_height;
  } else {
    GALEN_TRY(range.from, time_or(options.from, 0, now, "--from"));
    if (!options.to.empty()) {
      GALEN_TRY(range.to, time_or(options.to, 0, now, "--to"));
    }
  }
  if (!range.is_valid()) {
    return fail(ErrorCode::kInvalidArgument, "an empty range: the end must lie after the start");
  }
  return range;
}

Result<StatementFile> get_statement(Session& session, const StatementOptions& options) {
  GALEN_TRY(const auto log, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(const auto range, statement_range(options, session.now()));
  ReadRange read;  // heights are read from the beginning on
  if (range.unit == audit::RangeUnit::kTime) {
    read.from = TimeMs{range.from};
    if (range.to) read.to = TimeMs{*range.to};
  }
  GALEN_TRY(const LogReading reading, open_reading(session, log, read, options.reader));
  return fetch_statement(session, reading, range);
}

Result<StatementFile> fetch_statement(Session& session,
                                      const LogReading& reading,
                                      audit::StatementRange range) {
  const std::uint64_t last =
      range.unit == audit::RangeUnit::kTime ? reading.time.value : reading.height.value;
  range.to = std::min(range.to.value_or(last), last);
  if (!range.is_valid()) {
    return fail(ErrorCode::kInvalidArgument, "an empty range: it begins after this reading");
  }
  return ask_under_reading(session, [&](NodeApi& node, Deadline until) -> Result<StatementFile> {
    auto file = ask_node(session, node, reading, range, until);
    if (file ||
        (file.error().code != ErrorCode::kCorrupt && file.error().code != ErrorCode::kMalformed)) {
      return file;
    }
    return corrupt("the node of " + node.address().organisation + ": " + file.error().message);
  });
}

Result<audit::ProvenStatement> fetch_entries(Session& session,
                                             const LogReading& reading,
                                             audit::StatementRange range) {
  GALEN_TRY(const StatementFile file, fetch_statement(session, reading, range));
  GALEN_TRY(const audit::Statement statement, audit::decode_statement(file.bytes));
  return audit::verify(statement, session.genesis());
}

Result<StatementReport> verify_statement_bytes(BytesView bytes, const ledger::Genesis& genesis) {
  const auto statement = audit::decode_statement(bytes);
  if (!statement) return corrupt(statement.error().message);
  const auto proven = audit::verify(*statement, genesis);
  if (!proven) return corrupt(proven.error().message);
  return report_of(*statement, *proven, genesis);
}

}  // namespace galen::client
