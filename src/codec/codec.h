// Canonical encoding of everything hashed, signed or stored (docs/formats.md, DET-2). FROZEN.
// Integers are big-endian and of fixed width; variable bytes carry a u32 length, lists a u16 count,
// options and booleans one byte 0 or 1. There is one encoding of a value: decode -> encode ==
// input. Thread rule: values.
#pragma once

#include "base/bytes.h"
#include "base/check.h"
#include "base/ids.h"
#include "base/result.h"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace galen::codec {

/// Appends canonical bytes.
class Writer {
 public:
  Writer() = default;

  explicit Writer(std::size_t reserve) { bytes_.reserve(reserve); }

  /// A domain tag: u8 length, then ASCII. REQUIRES: at most 255 characters.
  Writer& tag(std::string_view tag);
  Writer& u8(std::uint8_t value);
  Writer& u16(std::uint16_t value);
  Writer& u32(std::uint32_t value);
  Writer& u64(std::uint64_t value);
  /// Two's complement, big-endian.
  Writer& i32(std::int32_t value);
  Writer& boolean(bool value);
  /// No length: for fields whose size is fixed by the format.
  Writer& raw(BytesView bytes);
  /// u32 length, then the bytes.
  Writer& bytes(BytesView bytes);
  Writer& text(std::string_view text);
  /// u16 count of a list that follows. REQUIRES: count <= 65535.
  Writer& count(std::size_t count);

  template <class E>

  requires std::is_enum_v<E> Writer& enumeration(E value) {
    using U = std::underlying_type_t<E>;
    static_assert(sizeof(U) <= 2);
    if constexpr (sizeof(U) == 1) {
      return u8(static_cast<std::uint8_t>(value));
    } else {
      return u16(static_cast<std::uint16_t>(value));
    }
  }

  template <class Tag>
  Writer& counter(Counter<Tag> value) {
    return u64(value.value);
  }

  [[nodiscard]] BytesView view() const { return bytes_; }

  [[nodiscard]] Bytes take() && { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

/// Reads canonical bytes. The first failure sticks: every later read returns a zero value, and
/// `finish` reports the first failure, so a decoder reads straight through and asks once.
/// Loops must run on `count`'s return value, which is 0 after a failure and bounded before that.
/// Does not own the bytes.
class Reader {
 public:
  /// `what` names the decoded thing in errors: "block header".
  Reader(BytesView bytes, std::string_view what) : rest_(bytes), what_(what), size_(bytes.size()) {}

  /// Fails unless exactly this tag stands here.
  void tag(std::string_view expected);
  std::uint8_t u8();
  std::uint16_t u16();
  std::uint32_t u32();
  std::uint64_t u64();
  std::int32_t i32();
  bool boolean();
  BytesView raw(std::size_t size);
  /// Fails above `max` bytes.
  BytesView bytes(std::size_t max);
  std::string text(std::size_t max);
  std::size_t count(std::size_t max);

  template <class T>
  T fixed() {
    const BytesView view = raw(T::kSize);
    return view.size() == T::kSize ? T::from(view) : T{};
  }

  /// A counter of at most kMaxCounter.
  template <class C>
  C counter() {
    const std::uint64_t value = u64();
    if (value > kMaxCounter) fail_with("a counter above 2^62");
    return C{failed() ? 0 : value};
  }

  /// An enumerator for which `valid(e)` holds.
  template <class E, class Valid>
  E enumeration(Valid&& valid) {
    using U = std::underlying_type_t<E>;
    static_assert(sizeof(U) <= 2);
    U raw_value{};
    if constexpr (sizeof(U) == 1) {
      raw_value = static_cast<U>(u8());
    } else {
      raw_value = static_cast<U>(u16());
    }
    const E value = static_cast<E>(raw_value);
    if (!failed() && !valid(value)) fail_with("unknown code " + std::to_string(raw_value));
    return value;
  }

  /// Records a failure found by the caller (a rule of the format, e.g. unsorted).
  void fail_with(std::string message);

  [[nodiscard]] bool failed() const { return failed_; }

  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }

  /// Everything not read yet; consumes it.
  BytesView rest();

  /// kMalformed with the first failure, or when bytes are left over.
  [[nodiscard]] Status finish() const;
  /// As finish, but bytes may be left over (for a decoder inside a decoder).
  [[nodiscard]] Status status() const;

 private:
  BytesView rest_;
  std::string_view what_;
  std::size_t size_;
  bool failed_ = false;
  std::string failure_;
};

}  // namespace galen::codec
