#include "storage/row_cache.h"

#include "base/check.h"

#include <utility>

namespace galen::storage {

namespace {

/// Node, bucket and allocation of one row, roughly.
constexpr std::size_t kBookkeepingBytes = 128;

std::size_t cost(const std::string& name, const RowCache::Row& row) {
  return kBookkeepingBytes + name.size() + (row ? row->size() : 0);
}

}  // namespace

std::string RowCache::name(std::size_t column, BytesView key) {
  std::string name;
  name.reserve(1 + key.size());
  name.push_back(static_cast<char>(column));
  name.append(as_text(key));
  return name;
}

std::optional<RowCache::Row> RowCache::find(std::size_t column,
                                            BytesView key,
                                            Ticket& ticket) const {
  if (half_ == 0) return std::nullopt;
  std::string wanted = name(column, key);
  const std::lock_guard lock(mutex_);
  ticket.writes = writes_;
  if (const auto found = young_.find(wanted); found != young_.end()) return found->second;
  const auto found = old_.find(wanted);
  if (found == old_.end()) return std::nullopt;
  Row row = std::move(found->second);
  old_bytes_ -= cost(wanted, row);
  old_.erase(found);
  keep(std::move(wanted), row);
  return row;
}

void RowCache::fill(std::size_t column, BytesView key, const Row& row, Ticket ticket) const {
  if (half_ == 0) return;
  std::string fresh = name(column, key);
  if (cost(fresh, row) > half_) return;
  const std::lock_guard lock(mutex_);
  if (ticket.writes != writes_ || writes_ % 2 != 0) return;
  if (young_.contains(fresh) || old_.contains(fresh)) return;
  keep(std::move(fresh), row);
}

void RowCache::keep(std::string name, Row row) const {
  const std::size_t bytes = cost(name, row);
  if (young_bytes_ + bytes > half_) {
    old_ = std::exchange(young_, {});
    old_bytes_ = std::exchange(young_bytes_, 0);
  }
  young_bytes_ += bytes;
  young_.emplace(std::move(name), std::move(row));
}

void RowCache::begin_write() {
  const std::lock_guard lock(mutex_);
  CHECK(writes_ % 2 == 0, "one writer at a time");
  ++writes_;
}

void RowCache::update(std::size_t column, BytesView key, std::optional<BytesView> value) {
  if (half_ == 0) return;
  std::string written = name(column, key);
  const std::lock_guard lock(mutex_);
  bool known = false;
  for (auto [rows, bytes] : {std::pair{&young_, &young_bytes_}, std::pair{&old_, &old_bytes_}}) {
    const auto found = rows->find(written);
    if (found == rows->end()) continue;
    *bytes -= cost(written, found->second);
    rows->erase(found);
    known = true;
  }
  if (!known) return;
  Row row;
  if (value) row = to_bytes(*value);
  if (cost(written, row) <= half_) keep(std::move(written), std::move(row));
}

void RowCache::end_write() {
  const std::lock_guard lock(mutex_);
  CHECK(writes_ % 2 != 0, "a write is under way");
  ++writes_;
}

void RowCache::clear() {
  const std::lock_guard lock(mutex_);
  young_.clear();
  old_.clear();
  young_bytes_ = 0;
  old_bytes_ = 0;
}

std::size_t RowCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return young_bytes_ + old_bytes_;
}

}  // namespace galen::storage
