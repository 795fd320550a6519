#include "payload/key_envelope.h"

#include "fixture.h"

namespace galen::payload {
namespace {

const crypto::PrivateKey kCustodian = test_key(1);
const crypto::PrivateKey kRequester = test_key(9);

ReleaseTarget target() {
  return {kRequester.public_key(), filled<TxId>(5), 3};
}

TEST(KeyEnvelope, OpensForItsHolder) {
  const auto object = seal_object(10);
  const auto key = open_envelope(object.name, object.envelopes[0], kCustodian);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(*key, object.key);
}

TEST(KeyEnvelope, RefusesAnotherKeyObjectOrUse) {
  const auto object = seal_object(10);
  const KeyEnvelope& envelope = object.envelopes[0];
  EXPECT_FALSE(open_envelope(object.name, envelope, kRequester));
  ObjectName other_chain = object.name;
  other_chain.chain.value[0] ^= 1U;
  ObjectName other_record = object.name;
  other_record.record.value[0] ^= 1U;
  ObjectName other_address = object.name;
  other_address.address.value[0] ^= 1U;
  for (const ObjectName& other : {other_chain, other_record, other_address}) {
    EXPECT_EQ(open_envelope(other, envelope, kCustodian).error().code, ErrorCode::kUnauthenticated);
  }
  KeyEnvelope other_use = envelope;
  other_use.use = WrapUse::kPatient;
  EXPECT_FALSE(open_envelope(object.name, other_use, kCustodian));
}

TEST(KeyEnvelope, DecodesToWhatWasEncoded) {
  const auto object = seal_object(10);
  const Bytes bytes = object.envelopes[0].encode();
  const auto decoded = KeyEnvelope::decode(bytes);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, object.envelopes[0]);
  EXPECT_EQ(decoded->encode(), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(KeyEnvelope::decode(BytesView(bytes).first(size)));
  }
  Bytes longer = bytes;
  longer.push_back(0);
  EXPECT_FALSE(KeyEnvelope::decode(longer));
}

TEST(KeyEnvelope, UnknownUseAndVersionAreRefused) {
  Bytes bytes = seal_object(10).envelopes[0].encode();
  bytes[1] = 2;
  EXPECT_EQ(KeyEnvelope::decode(bytes).error().code, ErrorCode::kMalformed);
  bytes[1] = 1;
  for (const int use : {0, 3, 4}) {
    bytes[2] = static_cast<std::uint8_t>(use);
    EXPECT_EQ(KeyEnvelope::decode(bytes).error().code, ErrorCode::kMalformed);
  }
}

TEST(Release, GivesTheRequesterTheKey) {
  const auto object = seal_object(10);
  const auto box = rewrap(object.name, object.header, object.envelopes[0], kCustodian, target());
  ASSERT_TRUE(box) << box.error().message;
  const auto key = open_release(object.name, *box, kRequester, target());
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(*key, object.key);
}

TEST(Release, StandsForOneAccessEntryOnly) {
  const auto object = seal_object(10);
  const auto box = *rewrap(object.name, object.header, object.envelopes[0], kCustodian, target());
  ReleaseTarget other = target();
  other.transaction.value[0] ^= 1U;
  EXPECT_FALSE(open_release(object.name, box, kRequester, other));
  other = target();
  other.operation = 4;
  EXPECT_FALSE(open_release(object.name, box, kRequester, other));
  EXPECT_FALSE(open_release(object.name, box, kCustodian, target()));
  ObjectName name = object.name;
  name.record.value[0] ^= 1U;
  EXPECT_FALSE(open_release(name, box, kRequester, target()));
}

TEST(Release, NeedsTheCustodiansKeyAndTheObjectsHeader) {
  const auto object = seal_object(10);
  EXPECT_FALSE(rewrap(object.name, object.header, object.envelopes[0], kRequester, target()));
  auto header = object.header;
  header.key_commitment.value[0] ^= 1U;
  const auto box = rewrap(object.name, header, object.envelopes[0], kCustodian, target());
  EXPECT_EQ(box.error().code, ErrorCode::kUnauthenticated);
}

TEST(Release, RefusesARecipientThatIsNoPoint) {
  const auto object = seal_object(10);
  ReleaseTarget bad = target();
  bad.recipient = filled<PublicKey>(0xff);
  const auto box = rewrap(object.name, object.header, object.envelopes[0], kCustodian, bad);
  EXPECT_EQ(box.error().code, ErrorCode::kInvalidArgument);
}

TEST(KeyId, IsTheTaggedHashOfTheKey) {
  EXPECT_EQ(to_hex(agreement_key_id(kCustodian.public_key())),
            "b3e679d3767cbf12477cfce9a78bfa3b6c5527ff0e3330809c6c3696eeb941b3");
}

// Golden bytes (docs/formats.md): a recorded envelope and a recorded release still open.
TEST(KeyEnvelope, GoldenEnvelopeOpens) {
  const ObjectName name{filled<ChainId>(1), filled<RecordId>(2), filled<PayloadAddress>(4)};
  const auto envelope = KeyEnvelope::decode(
      *from_hex("0001010303030303030303030303030303030303030303030303030303030303030303b3e679d376"
                "7cbf12477cfce9a78bfa3b6c5527ff0e3330809c6c3696eeb941b304b8ec0a78aaaf2e79d4cbc12c"
                "19b123cb8a73d4bc35eb8465a86e2644297792e1da030864ccbd06f79973350bd8178503f76e0f20"
                "65db0a919cf9613a09c7e67366646f37a04861283b2ea3c6ccbf2ede5fe144c309348163a84b13fd"
                "12d30a8363123660164d7afd8459c7bc8832ed85"));
  ASSERT_TRUE(envelope);
  const auto key = open_envelope(name, *envelope, kCustodian);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(*key, filled<crypto::RecordKey>(0x77));
}

TEST(Release, GoldenReleaseOpens) {
  const ObjectName name{filled<ChainId>(1), filled<RecordId>(2), filled<PayloadAddress>(4)};
  const crypto::SealedBox box{
      *from_hex("041de720a740f30a82d25a35e41e16b4f9203202b1977b50da84ef0b4095b8ef89cbf9f81c86cc0e"
                "b7e3977cecdc54015866b6d030ea6a8dcbb7fac1a9125f31fa"),
      *from_hex("176396e1fe6648b1508f0bbc9d608622cd1b9dd9b4b90a2e631bf3eec587130f3db7fe3aa9dc3454"
                "e699a5912eaad1c8")};
  const auto key = open_release(name, box, kRequester, target());
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(*key, filled<crypto::RecordKey>(0x77));
}

}  // namespace
}  // namespace galen::payload
