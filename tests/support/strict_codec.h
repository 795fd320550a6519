// Checks that every state value and format passes: decode -> encode == input, and no other bytes
// decode to anything but what they encode. Thread rule: one thread.
#pragma once

#include "base/bytes.h"

#include <gtest/gtest.h>

namespace galen::test {

/// `bytes` decode and encode to themselves; every truncation and an appended byte are refused;
/// every changed byte is refused or encodes to the changed bytes.
template <class Decode, class Encode>
void expect_strict(const Bytes& bytes, Decode&& decode, Encode&& encode) {
  const auto value = decode(bytes);
  ASSERT_TRUE(value.has_value()) << value.error().message;
  EXPECT_EQ(encode(*value), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode(BytesView(bytes.data(), size)).has_value()) << "cut to " << size;
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(decode(longer).has_value());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    Bytes changed = bytes;
    changed[i] ^= 0x81U;
    const auto other = decode(changed);
    if (!other.has_value()) continue;
    EXPECT_EQ(encode(*other), changed) << "byte " << i;
  }
}

template <class Entry>
void expect_strict(const Entry& entry) {
  expect_strict(
      entry.encode(),
      [](BytesView bytes) { return Entry::decode(bytes); },
      [](const Entry& value) { return value.encode(); });
}

}  // namespace galen::test
