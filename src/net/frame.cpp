#include "net/frame.h"

#include "base/check.h"
#include "base/limits.h"

#include <grpcpp/support/slice.h>

#include <algorithm>
#include <array>
#include <vector>

namespace galen::net {
namespace {

constexpr std::uint8_t kBodyTag = 0x0a;  // field 1, length-delimited

struct Prefix {
  std::array<std::uint8_t, kFrameOverheadBytes> bytes{};
  std::size_t size = 0;
};

Prefix make_prefix(std::size_t body_size) {
  Prefix prefix;
  prefix.bytes[prefix.size++] = kBodyTag;
  do {
    const auto low = static_cast<std::uint8_t>(body_size & 0x7fU);
    body_size >>= 7U;
    prefix.bytes[prefix.size++] = static_cast<std::uint8_t>(low | (body_size != 0 ? 0x80U : 0U));
  } while (body_size != 0);
  return prefix;
}

void release_body(void* held) {
  delete static_cast<engine::SharedBytes*>(held);
}

}  // namespace

grpc::ByteBuffer make_frame(const engine::SharedBytes& body) {
  CHECK(body && !body->empty() && body->size() <= kMaxFrameBodyBytes, "peer frame size");
  const Prefix prefix = make_prefix(body->size());
  auto* held = new engine::SharedBytes(body);
  // gRPC never writes to a slice; its constructor only lacks the const.
  auto* memory = const_cast<std::uint8_t*>(body->data());  // NOLINT
  const std::array<grpc::Slice, 2> slices = {
      grpc::Slice(prefix.bytes.data(), prefix.size),
      grpc::Slice(memory, body->size(), &release_body, held)};
  return {slices.data(), slices.size()};
}

Result<Bytes> parse_frame(const grpc::ByteBuffer& frame) {
  std::vector<grpc::Slice> slices;
  if (!frame.Valid() || !frame.Dump(&slices).ok()) {
    return fail(ErrorCode::kMalformed, "peer frame: empty");
  }
  const std::size_t total = frame.Length();
  std::array<std::uint8_t, kFrameOverheadBytes> head{};
  std::size_t head_size = 0;
  for (const grpc::Slice& slice : slices) {
    const std::size_t part = std::min(slice.size(), head.size() - head_size);
    std::copy_n(slice.begin(), part, head.begin() + static_cast<std::ptrdiff_t>(head_size));
    head_size += part;
  }
  // The prefix is a function of the body's size, so the right one is found by trying its five
  // sizes.
  for (std::size_t size = 2; size <= 6 && size < total; ++size) {
    const Prefix prefix = make_prefix(total - size);
    if (prefix.size != size || head_size < size ||
        !std::equal(
            head.begin(), head.begin() + static_cast<std::ptrdiff_t>(size), prefix.bytes.begin())) {
      continue;
    }
    Bytes body;
    body.reserve(total - size);
    std::size_t skip = size;
    for (const grpc::Slice& slice : slices) {
      const std::size_t skipped = std::min(skip, slice.size());
      body.insert(body.end(), slice.begin() + skipped, slice.end());
      skip -= skipped;
    }
    return body;
  }
  return fail(ErrorCode::kMalformed, "peer frame: not exactly one body");
}

}  // namespace galen::net
