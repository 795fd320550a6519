// Rows of the newest state in memory, absent ones too: execution asks again and again for the same
// organisations, patients and tombstones. Holds rows as they are stored (personal ones sealed), so
// a destroyed key makes them unreadable here as on disk. Bounded by bytes: when the young
// generation is full it becomes the old one, which is dropped. Thread rule: any thread.
#pragma once

#include "base/bytes.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace galen::storage {

class RowCache {
 public:
  /// 0 bytes: keeps nothing.
  explicit RowCache(std::size_t max_bytes) : half_(max_bytes / 2) {}

  using Row = std::optional<Bytes>;

  /// What a reader saw of the writer before it went to the database.
  struct Ticket {
    std::uint64_t writes = 0;
  };

  /// The row, or that there is none, when it is known; otherwise empty, and `ticket` for fill().
  [[nodiscard]] std::optional<Row> find(std::size_t column, BytesView key, Ticket& ticket) const;

  /// What the database answered. Ignored when something was written since the ticket.
  void fill(std::size_t column, BytesView key, const Row& row, Ticket ticket) const;

  /// Around a write: what is read meanwhile is not remembered. In between, update() every row.
  void begin_write();
  void update(std::size_t column, BytesView key, std::optional<BytesView> value);
  void end_write();

  void clear();

  /// Bytes held, with an allowance for each row's bookkeeping.
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Hash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  using Rows = std::unordered_map<std::string, Row, Hash, std::equal_to<>>;

  static std::string name(std::size_t column, BytesView key);
  void keep(std::string name, Row row) const;

  std::size_t half_;
  mutable std::mutex mutex_;  ///< guards what follows
  mutable Rows young_;
  mutable Rows old_;
  mutable std::size_t young_bytes_ = 0;
  mutable std::size_t old_bytes_ = 0;
  std::uint64_t writes_ = 0;  ///< odd: one is under way
};

}  // namespace galen::storage
