// Properties of the codec: decode(encode(x)) == x, and what decodes encodes to the same bytes.
#include "codec/codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace galen::codec {
namespace {

struct Sample {
  bool flag = false;
  std::uint8_t small = 0;
  std::int32_t number = 0;
  Height height;
  std::string name;
  std::vector<Bytes> items;

  friend bool operator==(const Sample&, const Sample&) = default;
};

Bytes encode(const Sample& sample) {
  Writer writer;
  writer.tag("sample").boolean(sample.flag).u8(sample.small).i32(sample.number);
  writer.counter(sample.height).text(sample.name).count(sample.items.size());
  for (const Bytes& item : sample.items) writer.bytes(item);
  return std::move(writer).take();
}

Result<Sample> decode(BytesView bytes) {
  Reader reader(bytes, "sample");
  Sample sample;
  reader.tag("sample");
  sample.flag = reader.boolean();
  sample.small = reader.u8();
  sample.number = reader.i32();
  sample.height = reader.counter<Height>();
  sample.name = reader.text(1000);
  const std::size_t count = reader.count(1000);
  for (std::size_t i = 0; i < count; ++i) sample.items.push_back(to_bytes(reader.bytes(1000)));
  GALEN_TRY_STATUS(reader.finish());
  return sample;
}

Sample any_sample() {
  Sample sample;
  sample.flag = *rc::gen::arbitrary<bool>();
  sample.small = *rc::gen::arbitrary<std::uint8_t>();
  sample.number = *rc::gen::arbitrary<std::int32_t>();
  sample.height = Height{*rc::gen::inRange<std::uint64_t>(0, kMaxCounter + 1)};
  sample.name = *rc::gen::arbitrary<std::string>();
  sample.items = *rc::gen::arbitrary<std::vector<Bytes>>();
  return sample;
}

RC_GTEST_PROP(Codec, EveryValueComesBack, ()) {
  const Sample sample = any_sample();
  const auto decoded = decode(encode(sample));
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == sample);
}

RC_GTEST_PROP(Codec, ChangedBytesAreRefusedOrAnotherValue, ()) {
  const Sample sample = any_sample();
  Bytes bytes = encode(sample);
  const auto position = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[position] = static_cast<std::uint8_t>(bytes[position] ^ *rc::gen::inRange(1, 256));
  const auto decoded = decode(bytes);
  if (decoded) {
    RC_ASSERT(!(*decoded == sample));
    RC_ASSERT(encode(*decoded) == bytes);
  }
}

RC_GTEST_PROP(Codec, EveryProperPrefixAndEveryExtensionIsRefused, ()) {
  Bytes bytes = encode(any_sample());
  const auto size = *rc::gen::inRange<std::size_t>(0, bytes.size());
  RC_ASSERT(!decode(BytesView(bytes).first(size)).has_value());
  bytes.push_back(*rc::gen::arbitrary<std::uint8_t>());
  RC_ASSERT(!decode(bytes).has_value());
}

RC_GTEST_PROP(Codec, ArbitraryBytesNeverDecodeToAnotherEncoding, (const Bytes& tail)) {
  Bytes bytes = to_bytes(Writer().tag("sample").view());
  bytes.insert(bytes.end(), tail.begin(), tail.end());
  const auto decoded = decode(bytes);
  if (decoded) RC_ASSERT(encode(*decoded) == bytes);
}

}  // namespace
}  // namespace galen::codec
