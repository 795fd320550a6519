// How much one page of a list holds. Thread rule: one thread.
#pragma once

#include "rpc/wire.h"

#include <cstddef>
#include <cstdint>

namespace galen::rpc {

/// Below gRPC's default limit of a client, whatever the entries' sizes.
inline constexpr std::size_t kMaxPageBytes = std::size_t{1} << 20U;

/// Counts items and bytes of one page.
class PageBudget {
 public:
  explicit PageBudget(std::uint32_t asked) : left_(page_size(asked)) {}

  /// False when the page is full before this item. An item of any size fits an empty page.
  [[nodiscard]] bool take(std::size_t bytes) {
    if (left_ == 0 || (used_ != 0 && used_ + bytes > kMaxPageBytes)) return false;
    --left_;
    used_ += bytes;
    return true;
  }

 private:
  std::size_t left_;
  std::size_t used_ = 0;
};

}  // namespace galen::rpc
