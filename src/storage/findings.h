// What a check of a data directory finds wrong, one line each, told as it is found: a damaged
// directory may hold more of it than memory does. Thread rule: one thread.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace galen::storage {

class Findings {
 public:
  using Sink = std::function<void(const std::string& place, const std::string& what)>;

  explicit Findings(Sink sink) : sink_(std::move(sink)) {}

  void add(const std::string& place, const std::string& what) {
    ++count_;
    sink_(place, what);
  }

  /// Adds what failed; whether it is there.
  template <class T>
  [[nodiscard]] bool expect(const std::string& place, const Result<T>& result) {
    if (!result) add(place, result.error().message);
    return result.has_value();
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  Sink sink_;
  std::uint64_t count_ = 0;
};

}  // namespace galen::storage
