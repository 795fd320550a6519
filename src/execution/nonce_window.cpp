#include "base/check.h"
#include "base/limits.h"
#include "codec/codec.h"
#include "execution/executor.h"

#include <algorithm>

namespace galen::execution {

namespace {

constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kBitsBytes = limits::kNonceWindow / 8;

struct BitPlace {
  std::size_t byte;
  std::uint8_t mask;
};

BitPlace place_of(std::uint64_t sequence) {
  const std::uint64_t bit = sequence % limits::kNonceWindow;
  return {static_cast<std::size_t>(bit / 8), static_cast<std::uint8_t>(1U << (bit % 8))};
}

ledger::StateKey nonce_key(const AccountId& submitter, std::uint16_t lane) {
  codec::Writer id(AccountId::kSize + sizeof lane);
  id.raw(submitter).u16(lane);
  return ledger::StateKey::main(ledger::KeyKind::kNonce, id.view());
}

}  // namespace

bool NonceWindow::is_fresh(std::uint64_t sequence) const {
  if (sequence == 0) return false;
  if (sequence > highest) return true;
  if (highest - sequence >= limits::kNonceWindow) return false;
  const BitPlace place = place_of(sequence);
  return bits.empty() || (bits.at(place.byte) & place.mask) == 0;
}

void NonceWindow::use(std::uint64_t sequence) {
  CHECK(is_fresh(sequence), "a sequence number is used once");
  bits.resize(kBitsBytes);
  if (sequence > highest) {
    if (sequence - highest >= limits::kNonceWindow) {
      std::fill(bits.begin(), bits.end(), std::uint8_t{0});
    } else {
      for (std::uint64_t passed = highest + 1; passed < sequence; ++passed) {
        const BitPlace place = place_of(passed);
        bits[place.byte] &= static_cast<std::uint8_t>(~place.mask);
      }
    }
    highest = sequence;
  }
  const BitPlace place = place_of(sequence);
  bits[place.byte] |= place.mask;
}

Bytes NonceWindow::encode() const {
  CHECK(bits.size() == kBitsBytes, "a window that is stored was used");
  codec::Writer w(2 + 8 + kBitsBytes);
  w.u16(kVersion).u64(highest).raw(bits);
  return std::move(w).take();
}

Result<NonceWindow> NonceWindow::decode(BytesView bytes) {
  codec::Reader r(bytes, "nonce window");
  if (r.u16() != kVersion) r.fail_with("unknown version");
  NonceWindow window;
  window.highest = r.u64();
  window.bits = to_bytes(r.raw(kBitsBytes));
  GALEN_TRY_STATUS(r.finish());
  const BitPlace place = place_of(window.highest);
  if (window.highest == 0 || (window.bits[place.byte] & place.mask) == 0) {
    return fail(ErrorCode::kMalformed, "nonce window: its highest sequence number is not used");
  }
  return window;
}

NonceWindow NonceWindow::load(const StateReader& state,
                              const AccountId& submitter,
                              std::uint16_t lane) {
  const std::optional<Bytes> stored = state.get(nonce_key(submitter, lane));
  if (!stored) return {};
  Result<NonceWindow> window = decode(*stored);
  CHECK(window.has_value(), "a nonce window in state decodes: the state is damaged");
  return *std::move(window);
}

void NonceWindow::store(StateOverlay& state, const AccountId& submitter, std::uint16_t lane) const {
  state.put(nonce_key(submitter, lane), encode(), Digest{});
}

}  // namespace galen::execution
