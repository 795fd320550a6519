// Rules of shape of operations, broken one by one.
#pragma once

#include "ledger/operation.h"
#include "samples.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace galen::ledger {

using samples::pattern;

inline std::string failure(BytesView bytes) {
  const auto result = decode_operation(bytes);
  return result ? "" : result.error().message;
}

template <class T>
struct Breach {
  const char* message;  ///< part of the failure
  std::function<void(T&)> commit;
};

template <class T>
void expect_refused(const Breach<T>& breach, T value) {
  ASSERT_EQ(failure(encode(Operation(value))), "");
  breach.commit(value);
  EXPECT_NE(failure(encode(Operation(value))).find(breach.message), std::string::npos)
      << breach.message << " / " << failure(encode(Operation(value)));
}

inline std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> codes;
  for (std::size_t i = 0; i < count; ++i) codes.push_back("C" + std::to_string(100 + i));
  return codes;
}

template <class T>
std::vector<T> many(std::size_t count) {
  std::vector<T> ids;
  for (std::size_t i = 0; i < count; ++i) ids.push_back(pattern<T>(static_cast<std::uint8_t>(i)));
  return ids;
}

}  // namespace galen::ledger
