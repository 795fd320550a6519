#include "modules/audit/statement.h"

#include "codec/codec.h"
#include "crypto/digest.h"
#include "crypto/merkle_range.h"

namespace galen::audit {

namespace {

using codec::Reader;
using codec::Writer;

constexpr std::uint16_t kStatementVersion = 1;
/// A state proof of one value, whatever the depth of its paths.
constexpr std::size_t kMaxStateProofBytes = std::size_t{64} * 1024;
/// 64 decisions with all their obligations, and a whole operation.
constexpr std::size_t kMaxEntryBytes = std::size_t{256} * 1024;

tl::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kUnauthenticated, "statement: " + std::move(why));
}

/// A range a little wider or narrower can be as true: the checksum makes every changed byte
/// visible.
Digest checksum_of(BytesView content) {
  return crypto::tagged("audit-statement", content);
}

void write(Writer& w, const StatementRange& range) {
  w.enumeration(range.unit).u64(range.from).boolean(range.to.has_value());
  if (range.to) w.u64(*range.to);
}

StatementRange read_range(Reader& r) {
  StatementRange range;
  range.unit = r.enumeration<RangeUnit>(
      [](RangeUnit v) { return v == RangeUnit::kTime || v == RangeUnit::kHeight; });
  range.from = r.u64();
  if (r.boolean()) range.to = r.u64();
  if (!r.failed() && !range.is_valid()) r.fail_with("an empty range");
  return range;
}

std::vector<Bytes> read_entries(Reader& r) {
  const std::uint32_t count = r.u32();
  if (count > kMaxStatementEntries) r.fail_with("too many entries");
  std::vector<Bytes> entries;
  for (std::uint32_t i = 0; i < count && !r.failed(); ++i) {
    entries.push_back(to_bytes(r.bytes(kMaxEntryBytes)));
  }
  return entries;
}

std::uint64_t place_of(RangeUnit unit, const AccessEntry& entry) {
  return unit == RangeUnit::kTime ? entry.time.value : entry.height.value;
}

/// Entries that come later are of blocks after this one.
bool may_grow(const StatementRange& range, const ledger::ProvenState& state) {
  const std::uint64_t last = range.unit == RangeUnit::kTime ? state.time.value : state.height.value;
  return !range.to || *range.to > last + 1;
}

Result<std::vector<StatementEntry>> decode_entries(const Statement& statement) {
  std::vector<StatementEntry> entries;
  for (const Bytes& bytes : statement.entries) {
    auto entry = AccessEntry::decode(bytes);
    if (!entry) return refuse(entry.error().message);
    if (!entries.empty() &&
        (entry->height < entries.back().entry.height || entry->time < entries.back().entry.time)) {
      return refuse("entries out of the order of their blocks");
    }
    entries.push_back({statement.first + entries.size(), *std::move(entry)});
  }
  return entries;
}

/// The entries are the leaves from `first` on of the range that the state proof shows.
Status check_stretch(const Statement& statement, const crypto::MerkleFrontier& log) {
  std::vector<Digest> leaves;
  for (const Bytes& entry : statement.entries) leaves.push_back(crypto::merkle_leaf(entry));
  const auto root =
      crypto::merkle_implied_range_root(leaves, statement.first, log.count, statement.path);
  if (root != log.root()) return refuse("the entries are not this stretch of the log");
  return {};
}

/// Where the log goes on, one entry outside the range says that the range ends there; no more.
Result<std::vector<StatementEntry>> entries_of_range(const Statement& statement,
                                                     std::uint64_t log_size,
                                                     std::vector<StatementEntry> entries) {
  std::vector<StatementEntry> inside;
  std::size_t before = 0;
  std::size_t after = 0;
  for (StatementEntry& entry : entries) {
    if (statement.range.is_before(entry.entry)) {
      ++before;
    } else if (statement.range.is_after(entry.entry)) {
      ++after;
    } else {
      inside.push_back(std::move(entry));
    }
  }
  const bool goes_on = statement.first + statement.entries.size() < log_size;
  if (before > 1 || after > 1) return refuse("entries that nothing needs");
  if (statement.first > 0 && before == 0) return refuse("earlier entries may be missing");
  if (goes_on && after == 0) return refuse("later entries may be missing");
  return inside;
}

}  // namespace

bool StatementRange::is_valid() const {
  return from <= kMaxCounter && (!to || (*to <= kMaxCounter && from < *to));
}

bool StatementRange::is_before(const AccessEntry& entry) const {
  return place_of(unit, entry) < from;
}

bool StatementRange::is_after(const AccessEntry& entry) const {
  return to && place_of(unit, entry) >= *to;
}

Bytes encode(const Statement& statement) {
  Writer w;
  w.tag("audit-statement").u16(kStatementVersion);
  write(w, statement.range);
  w.bytes(ledger::encode(statement.state));
  w.u64(statement.first).u32(static_cast<std::uint32_t>(statement.entries.size()));
  for (const Bytes& entry : statement.entries) w.bytes(entry);
  w.count(statement.path.size());
  for (const Digest& digest : statement.path) w.raw(digest);
  const Digest checksum = checksum_of(w.view());
  w.raw(checksum);
  return std::move(w).take();
}

Result<Statement> decode_statement(BytesView bytes) {
  if (bytes.size() < Digest::kSize) return fail(ErrorCode::kMalformed, "statement: too short");
  const BytesView content = bytes.first(bytes.size() - Digest::kSize);
  if (!equal(checksum_of(content), bytes.last(Digest::kSize))) {
    return fail(ErrorCode::kMalformed,
                "statement: its checksum does not fit, the file is damaged or no statement");
  }
  Reader r(content, "statement");
  r.tag("audit-statement");
  if (r.u16() != kStatementVersion) r.fail_with("another version of statements");
  Statement statement;
  statement.range = read_range(r);
  const BytesView state = r.bytes(kMaxStateProofBytes);
  statement.first = r.u64();
  statement.entries = read_entries(r);
  const std::size_t steps = r.count(crypto::kMaxRangePath);
  for (std::size_t i = 0; i < steps; ++i) statement.path.push_back(r.fixed<Digest>());
  GALEN_TRY_STATUS(r.finish());
  GALEN_TRY(statement.state, ledger::decode_state_proof(state));
  return statement;
}

Result<ProvenStatement> verify(const Statement& statement, const ledger::Genesis& genesis) {
  if (!statement.range.is_valid()) return refuse("an empty range");
  const PatientId& log = statement.state.key.tree.subject;
  if (statement.state.key != access_range_key(log)) {
    return refuse("the state proof is not of an access log");
  }
  GALEN_TRY(const auto state, ledger::verify(statement.state, genesis));
  ProvenStatement proven{log, state.height, state.time, 0, {}, may_grow(statement.range, state)};
  if (!state.present) {
    if (statement.first != 0 || !statement.entries.empty() || !statement.path.empty()) {
      return refuse("entries of a log that is absent");
    }
    return proven;
  }
  GALEN_TRY(const auto frontier, decode_access_range(state.value));
  proven.log_size = frontier.count;
  GALEN_TRY_STATUS(check_stretch(statement, frontier));
  GALEN_TRY(auto entries, decode_entries(statement));
  GALEN_TRY(proven.entries, entries_of_range(statement, frontier.count, std::move(entries)));
  return proven;
}

}  // namespace galen::audit
