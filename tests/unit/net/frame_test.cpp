#include "net/frame.h"

#include "base/limits.h"
#include "galen/v1/galen.pb.h"

#include <grpcpp/support/slice.h>
#include <gtest/gtest.h>

#include <string>

namespace galen::net {
namespace {

engine::SharedBytes body_of(std::size_t size) {
  return std::make_shared<const Bytes>(size, static_cast<std::uint8_t>('x'));
}

std::string flat(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(buffer.Dump(&slices).ok());
  std::string all;
  for (const auto& slice : slices) all.append(slice.begin(), slice.end());
  return all;
}

grpc::ByteBuffer buffer_of(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

TEST(Frame, IsThePeerFrameMessage) {
  for (const std::size_t size : {1UL, 127UL, 128UL, 16383UL, 16384UL, 70'000UL}) {
    v1::PeerFrame message;
    ASSERT_TRUE(message.ParseFromString(flat(make_frame(body_of(size))))) << size;
    EXPECT_EQ(message.body(), std::string(size, 'x'));
  }
}

TEST(Frame, CarriesTheLargestPeerMessage) {
  const auto body = body_of(kMaxFrameBodyBytes);
  const auto frame = make_frame(body);
  EXPECT_LE(frame.Length(), kMaxFrameBodyBytes + kFrameOverheadBytes);
  const auto parsed = parse_frame(frame);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, *body);
}

TEST(Frame, ParsesWhateverTheSlicing) {
  v1::PeerFrame message;
  message.set_body(std::string(300, 'y'));
  const std::string bytes = message.SerializeAsString();
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
    const std::vector<grpc::Slice> slices = {grpc::Slice(bytes.substr(0, cut)),
                                             grpc::Slice(bytes.substr(cut))};
    const auto parsed = parse_frame(grpc::ByteBuffer(slices.data(), slices.size()));
    ASSERT_TRUE(parsed) << cut;
    EXPECT_EQ(to_string(*parsed), message.body());
  }
}

TEST(Frame, RefusesEverythingButOneBody) {
  v1::PeerFrame message;
  message.set_body("abc");
  const std::string good = message.SerializeAsString();
  EXPECT_TRUE(parse_frame(buffer_of(good)));
  EXPECT_FALSE(parse_frame(buffer_of("")));
  EXPECT_FALSE(parse_frame(grpc::ByteBuffer{}));
  EXPECT_FALSE(parse_frame(buffer_of(std::string("\x0a\x00", 2))));         // empty body
  EXPECT_FALSE(parse_frame(buffer_of(good + good)));                        // repeated
  EXPECT_FALSE(parse_frame(buffer_of(good + std::string("\x10\x01", 2))));  // unknown field
  EXPECT_FALSE(parse_frame(buffer_of(good.substr(0, good.size() - 1))));    // cut short
  EXPECT_FALSE(
      parse_frame(buffer_of(std::string("\x0a\x83\x00"
                                        "abc",
                                        6))));  // length not minimal
}

}  // namespace
}  // namespace galen::net
