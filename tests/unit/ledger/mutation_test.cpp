// Decoders on hostile bytes: no crash, and what they accept encodes again to the very same bytes.

#include "formats.h"
#include "ledger/transaction.h"
#include "samples.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace galen::ledger {
namespace {

using samples::Dice;
using samples::Format;

std::size_t place(Dice& dice, const Bytes& bytes) {
  return dice.below(bytes.size());
}

/// One of: a bit flipped, a byte replaced, a piece cut out, a piece doubled, an end cut off.
void mutate(Dice& dice, Bytes& bytes) {
  if (bytes.empty()) return;
  const std::size_t at = place(dice, bytes);
  const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  const auto to = from + static_cast<std::ptrdiff_t>(dice.below(bytes.size() - at + 1));
  switch (dice.below(6)) {
    case 0: bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << dice.below(8))); return;
    case 1: bytes[at] = static_cast<std::uint8_t>(dice.roll()); return;
    case 2: bytes[at] = dice.coin() ? 0x00 : 0xff; return;
    case 3: bytes.erase(from, to); return;
    case 4: {
      const Bytes piece(from, to);
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(place(dice, bytes)),
                   piece.begin(),
                   piece.end());
      return;
    }
    default: bytes.resize(at);
  }
}

void expect_one_encoding(const Format& format, const Bytes& bytes) {
  const auto again = format.again(bytes);
  if (!again) {
    EXPECT_FALSE(again.error().message.empty());
    return;
  }
  EXPECT_EQ(*again, bytes) << format.name;
}

TEST(Mutation, NoDecoderAcceptsASecondEncoding) {
  Dice dice(20'260'101);
  for (const Format& format : samples::formats()) {
    if (!format.again) continue;
    for (int round = 0; round < 3000; ++round) {
      Bytes bytes = format.bytes;
      for (std::uint64_t i = 1 + dice.below(3); i > 0; --i) mutate(dice, bytes);
      expect_one_encoding(format, bytes);
    }
  }
}

TEST(Mutation, NoDecoderFallsOverRandomBytes) {
  Dice dice(7);
  for (const Format& format : samples::formats()) {
    if (!format.again) continue;
    for (int round = 0; round < 300; ++round) {
      Bytes bytes(dice.below(400));
      dice.fill(bytes);
      expect_one_encoding(format, bytes);
    }
  }
}

TEST(Mutation, EveryFormatReadsItsWholeInput) {
  for (const Format& format : samples::formats()) {
    if (!format.again) continue;
    Bytes longer = format.bytes;
    longer.push_back(0);
    EXPECT_FALSE(format.again(longer)) << format.name;
    for (std::size_t size = 0; size < format.bytes.size(); ++size) {
      EXPECT_FALSE(format.again(BytesView(format.bytes).first(size))) << format.name << size;
    }
  }
}

RC_GTEST_PROP(RandomTransaction, ComesBackFromItsBytes, (std::uint64_t seed)) {
  Dice dice(seed);
  const Transaction transaction = samples::random_transaction(dice);
  const Bytes bytes = encode(transaction);
  const auto decoded = decode_transaction(bytes);
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == transaction);
  RC_ASSERT(encode(*decoded) == bytes);
}

RC_GTEST_PROP(RandomTransaction, HoldsOperationsThatComeBack, (std::uint64_t seed)) {
  Dice dice(seed);
  const Operation operation = samples::random_operation(dice);
  const auto decoded = decode_operation(encode(operation));
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == operation);
  RC_ASSERT(encode(*decoded) == encode(operation));
}

RC_GTEST_PROP(RandomTransaction, IsRefusedOrIdenticalAfterMutations, (std::uint64_t seed)) {
  Dice dice(seed);
  Bytes bytes = encode(samples::random_transaction(dice));
  for (std::uint64_t i = 1 + dice.below(3); i > 0; --i) mutate(dice, bytes);
  const auto decoded = decode_transaction(bytes);
  if (decoded) RC_ASSERT(encode(*decoded) == bytes);
}

}  // namespace
}  // namespace galen::ledger
