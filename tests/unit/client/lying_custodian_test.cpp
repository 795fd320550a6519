// The client against the custodian that it has to ask for the bytes (B34): whatever comes instead
// of the object that the index names, no file gets its name and nothing stays behind.
#include "base/limits.h"
#include "client/reception.h"
#include "client/record_file.h"
#include "crypto/digest.h"
#include "foreign_nodes.h"
#include "galen/v1/galen.grpc.pb.h"
#include "support/statement_sample.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace galen::client {
namespace {

constexpr std::uint32_t kChunk = limits::kMinPayloadChunkBytes;

/// One sealed object, as a custodian keeps and sends it.
struct Object {
  RecordId record = support::filled_id<RecordId>(3);
  crypto::RecordKey key;
  Bytes plaintext;
  Bytes header;
  std::vector<Bytes> chunks;
  PayloadAddress address;
};

class LyingCustodianTest : public ForeignNodesTest {
 protected:
  LyingCustodianTest() {
    start_node(2, {&ledger_});
    open();
    right_ = seal(1, Bytes(2 * kChunk + 7, 0x41));
    entry_.emplace();
    entry_->record.record = right_.record;
    entry_->record.payload = right_.address;
    entry_->record.content_commitment =
        content_commitment(right_.key, crypto::Hasher().raw(right_.plaintext).finish());
    sent_ = right_;
  }

  [[nodiscard]] Object seal(std::uint8_t key, Bytes plaintext) const {
    Object made;
    made.key.value.fill(key);
    made.plaintext = std::move(plaintext);
    crypto::OsRandom random;
    crypto::ChunkSealer sealer(
        made.key, session_->chain(), made.record, kChunk, made.plaintext.size(), random);
    made.header = sealer.header().encode();
    for (std::size_t at = 0; at < made.plaintext.size(); at += kChunk) {
      const std::size_t size = std::min<std::size_t>(kChunk, made.plaintext.size() - at);
      made.chunks.push_back(sealer.seal(BytesView(made.plaintext).subspan(at, size)));
    }
    made.address = sealer.address();
    return made;
  }

  /// The key of what is sent, wrapped for the reader under `claimed`.
  [[nodiscard]] crypto::SealedBox wrapped(const PayloadAddress& claimed) const {
    const payload::ObjectName name{session_->chain(), sent_.record, claimed};
    const auto custodian = support::numbered_key(4, 2);
    const auto envelope = payload::seal_envelope(
        name,
        {payload::WrapUse::kCustodian, support::filled_id<AccountId>(9), custodian.public_key()},
        sent_.key);
    const auto header = crypto::ObjectHeader::decode(sent_.header);
    auto box = payload::rewrap(name, *header, *envelope, custodian, target());
    EXPECT_TRUE(box);
    return *box;
  }

  [[nodiscard]] payload::ReleaseTarget target() const {
    return {reader_.public_key(), support::filled_id<TxId>(5), 0};
  }

  [[nodiscard]] std::string out() const { return directory() + "/record"; }

  Status receive() {
    ReleasedObject object;
    object.header = header_.value_or(sent_.header);
    object.address = claimed_.value_or(sent_.address);
    object.box = wrapped(object.address);
    const auto fetch = [&](const NodeApi::HeaderSink& header,
                           const NodeApi::ChunkSink& chunk) -> Result<std::uint64_t> {
      GALEN_TRY_STATUS(header(object));
      for (const Bytes& one : sent_.chunks) GALEN_TRY_STATUS(chunk(one));
      return sent_.chunks.size();
    };
    Reception reception(*session_, reader_, {right_.record, entry_, out()});
    return reception.receive(
        fetch, [&](const auto&) -> Result<payload::ReleaseTarget> { return target(); }, {});
  }

  void expect_refused(const std::string& why) {
    const auto before = files();
    const Status received = receive();
    ASSERT_FALSE(received) << why;
    EXPECT_EQ(received.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(received.error().message.find(why), std::string::npos) << received.error().message;
    EXPECT_EQ(files(), before);
  }

  [[nodiscard]] std::size_t files() const {
    const std::filesystem::directory_iterator all(directory());
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  v1::Ledger::Service ledger_;  ///< a session needs some node
  crypto::PrivateKey reader_ = support::numbered_key(4, 1);
  Object right_;
  Object sent_;
  std::optional<PayloadAddress> claimed_;
  std::optional<Bytes> header_;
  std::optional<records::RecordEntry> entry_;
};

TEST_F(LyingCustodianTest, TheObjectOfTheIndexIsWritten) {
  const Status received = receive();
  ASSERT_TRUE(received) << received.error().message;
  std::ifstream file(out(), std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(content, as_text(right_.plaintext));
}

TEST_F(LyingCustodianTest, AnotherObjectUnderItsOwnName) {
  sent_ = seal(2, Bytes(kChunk, 0x42));
  expect_refused("another object than the index names");
}

TEST_F(LyingCustodianTest, AnotherObjectUnderTheRightName) {
  claimed_ = right_.address;
  sent_ = seal(2, Bytes(2 * kChunk + 7, 0x42));
  expect_refused("another address");
  sent_ = seal(1, Bytes(2 * kChunk + 7, 0x42));  // the right key, too
  expect_refused("another address");
}

TEST_F(LyingCustodianTest, OtherContentThanTheIndexCommitsTo) {
  // The custodian appended the record himself, and lied then.
  entry_->record.content_commitment = support::filled_id<Digest>(1);
  expect_refused("not what the index commits to");
}

TEST_F(LyingCustodianTest, AFlippedBitOfAnyChunk) {
  for (Bytes& chunk : sent_.chunks) {
    chunk[chunk.size() / 2] ^= 1;
    expect_refused("");
    chunk[chunk.size() / 2] ^= 1;
  }
}

TEST_F(LyingCustodianTest, ChunksMissingTwiceOrInAnotherOrder) {
  sent_.chunks.pop_back();
  expect_refused("not complete");
  sent_.chunks.clear();
  expect_refused("not complete");
  sent_ = right_;
  std::swap(sent_.chunks[0], sent_.chunks[1]);
  expect_refused("");
  sent_ = right_;
  sent_.chunks.push_back(sent_.chunks.back());
  expect_refused("");
}

TEST_F(LyingCustodianTest, AHeaderThatIsNotTheObjects) {
  header_ = right_.header;
  header_->back() ^= 1;
  expect_refused("");
  header_->pop_back();
  expect_refused("");
}

}  // namespace
}  // namespace galen::client
