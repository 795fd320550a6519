#include "codec/codec.h"

namespace galen::codec {

Writer& Writer::tag(std::string_view tag) {
  CHECK(tag.size() <= 255, "a domain tag has at most 255 characters");
  u8(static_cast<std::uint8_t>(tag.size()));
  return raw(as_bytes(tag));
}

Writer& Writer::u8(std::uint8_t value) {
  bytes_.push_back(value);
  return *this;
}

Writer& Writer::u16(std::uint16_t value) {
  bytes_.push_back(static_cast<std::uint8_t>(value >> 8U));
  bytes_.push_back(static_cast<std::uint8_t>(value));
  return *this;
}

Writer& Writer::u32(std::uint32_t value) {
  u16(static_cast<std::uint16_t>(value >> 16U));
  return u16(static_cast<std::uint16_t>(value));
}

Writer& Writer::u64(std::uint64_t value) {
  u32(static_cast<std::uint32_t>(value >> 32U));
  return u32(static_cast<std::uint32_t>(value));
}

Writer& Writer::i32(std::int32_t value) {
  return u32(static_cast<std::uint32_t>(value));
}

Writer& Writer::boolean(bool value) {
  return u8(value ? 1 : 0);
}

Writer& Writer::raw(BytesView bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

Writer& Writer::bytes(BytesView bytes) {
  CHECK(bytes.size() <= 0xffffffffU, "length does not fit u32");
  u32(static_cast<std::uint32_t>(bytes.size()));
  return raw(bytes);
}

Writer& Writer::text(std::string_view text) {
  return bytes(as_bytes(text));
}

Writer& Writer::count(std::size_t count) {
  CHECK(count <= 0xffffU, "count does not fit u16");
  return u16(static_cast<std::uint16_t>(count));
}

void Reader::fail_with(std::string message) {
  if (failed_) return;
  failed_ = true;
  failure_ = std::string(what_) + ": " + std::move(message) + " at byte " +
             std::to_string(size_ - rest_.size());
}

BytesView Reader::raw(std::size_t size) {
  if (failed_) return {};
  if (rest_.size() < size) {
    fail_with("needs " + std::to_string(size) + " more bytes, has " + std::to_string(rest_.size()));
    return {};
  }
  const BytesView result = rest_.first(size);
  rest_ = rest_.subspan(size);
  return result;
}

void Reader::tag(std::string_view expected) {
  const std::uint8_t size = u8();
  const BytesView found = raw(size);
  if (!failed_ && as_text(found) != expected) {
    fail_with("expected the tag \"" + std::string(expected) + "\"");
  }
}

std::uint8_t Reader::u8() {
  const BytesView b = raw(1);
  return b.empty() ? std::uint8_t{0} : b[0];
}

std::uint16_t Reader::u16() {
  const BytesView b = raw(2);
  return b.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>((b[0] << 8U) | b[1]);
}

std::uint32_t Reader::u32() {
  const BytesView b = raw(4);
  if (b.empty()) return 0;
  return (std::uint32_t{b[0]} << 24U) | (std::uint32_t{b[1]} << 16U) | (std::uint32_t{b[2]} << 8U) |
         b[3];
}

std::uint64_t Reader::u64() {
  const std::uint64_t high = u32();
  const std::uint64_t low = u32();
  return failed_ ? 0 : (high << 32U) | low;
}

std::int32_t Reader::i32() {
  return static_cast<std::int32_t>(u32());
}

bool Reader::boolean() {
  const std::uint8_t value = u8();
  if (value > 1) fail_with("a boolean that is neither 0 nor 1");
  return !failed_ && value == 1;
}

BytesView Reader::bytes(std::size_t max) {
  const std::uint32_t size = u32();
  if (failed_) return {};
  if (size > max) {
    fail_with("a length of " + std::to_string(size) + " above the limit of " + std::to_string(max));
    return {};
  }
  return raw(size);
}

std::string Reader::text(std::size_t max) {
  return to_string(bytes(max));
}

std::size_t Reader::count(std::size_t max) {
  const std::uint16_t value = u16();
  if (failed_) return 0;
  if (value > max) {
    fail_with("a count of " + std::to_string(value) + " above the limit of " + std::to_string(max));
    return 0;
  }
  return value;
}

BytesView Reader::rest() {
  return raw(failed_ ? 0 : rest_.size());
}

Status Reader::status() const {
  if (failed_) return fail(ErrorCode::kMalformed, failure_);
  return {};
}

Status Reader::finish() const {
  GALEN_TRY_STATUS(status());
  if (!rest_.empty()) {
    return fail(ErrorCode::kMalformed,
                std::string(what_) + ": " + std::to_string(rest_.size()) + " trailing bytes");
  }
  return {};
}

}  // namespace galen::codec
