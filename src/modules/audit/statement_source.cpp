#include "modules/audit/statement_source.h"

#include "base/check.h"
#include "crypto/merkle_range.h"

#include <bit>

namespace galen::audit {

namespace {

using execution::StateReader;

/// A log has no gaps, but its keys may be destroyed while somebody reads it.
Error erased() {
  return {ErrorCode::kNotFound, "the log was erased meanwhile"};
}

/// Index of the first entry for which `is_behind` holds; entries are in block order.
template <class IsBehind>
Result<std::uint64_t> partition_point(const StateReader& state,
                                      const PatientId& log,
                                      std::uint64_t count,
                                      IsBehind&& is_behind) {
  std::uint64_t low = 0;
  std::uint64_t high = count;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto entry = load_access(state, log, middle);
    if (!entry) return tl::unexpected(erased());
    if (is_behind(*entry)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/// The root of a span that is made of whole peaks; nullopt for one inside a peak.
std::optional<Digest> root_of_peaks(const crypto::MerkleFrontier& frontier,
                                    const crypto::MerkleSpan& span) {
  std::uint64_t offset = 0;
  std::uint64_t left = frontier.count;
  crypto::MerkleFrontier part;
  for (const Digest& peak : frontier.peaks) {
    const std::uint64_t size = std::bit_floor(left);
    if (offset >= span.offset && offset + size <= span.offset + span.size) {
      part.peaks.push_back(peak);
      part.count += size;
    }
    offset += size;
    left -= size;
  }
  if (part.count != span.size) return std::nullopt;
  return part.root();
}

Result<Digest> root_of_entries(const StateReader& state,
                               const PatientId& log,
                               const crypto::MerkleSpan& span) {
  crypto::MerkleFrontier part;
  for (std::uint64_t i = 0; i < span.size; ++i) {
    const auto bytes = state.get(AccessEntry::key(log, span.offset + i));
    if (!bytes) return tl::unexpected(erased());
    part.append(crypto::merkle_leaf(*bytes));
  }
  return part.root();
}

}  // namespace

Result<LogStretch> find_entries(const StateReader& state,
                                const PatientId& log,
                                const StatementRange& range) {
  CHECK(range.is_valid(), "a range that is not empty");
  const std::uint64_t count = load_access_range(state, log).count;
  GALEN_TRY(const std::uint64_t begin,
            partition_point(state, log, count, [&](const AccessEntry& entry) {
              return !range.is_before(entry);
            }));
  GALEN_TRY(const std::uint64_t end,
            partition_point(state, log, count, [&](const AccessEntry& entry) {
              return range.is_after(entry);
            }));
  return LogStretch{begin, end};
}

Result<LogStretch> find_stretch(const StateReader& state,
                                const PatientId& log,
                                const StatementRange& range) {
  GALEN_TRY(const LogStretch inside, find_entries(state, log, range));
  const std::uint64_t count = load_access_range(state, log).count;
  const LogStretch stretch{inside.first > 0 ? inside.first - 1 : 0,
                           inside.last < count ? inside.last + 1 : count};
  if (stretch.last - stretch.first > kMaxStatementEntries) {
    return fail(ErrorCode::kTooLarge,
                "range: more than " + std::to_string(kMaxStatementEntries) +
                    " entries; ask for parts of it");
  }
  return stretch;
}

Result<std::vector<Digest>> stretch_path(const StateReader& state,
                                         const PatientId& log,
                                         const LogStretch& stretch) {
  const crypto::MerkleFrontier frontier = load_access_range(state, log);
  std::vector<Digest> path;
  for (const auto& span :
       crypto::merkle_spans_outside(stretch.first, stretch.last, frontier.count)) {
    if (const auto known = root_of_peaks(frontier, span)) {
      path.push_back(*known);
      continue;
    }
    GALEN_TRY(const Digest root, root_of_entries(state, log, span));
    path.push_back(root);
  }
  return path;
}

}  // namespace galen::audit
