#include "crypto/fixed_base.h"

#include "crypto/digest.h"
#include "crypto/keys.h"
#include "unit/crypto/vectors.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace galen::crypto {
namespace {

Bytes message_of(int number) {
  return to_bytes(as_bytes("message " + std::to_string(number)));
}

TEST(FixedBase, AcceptsWhatTheKeySignedAndNothingElse) {
  const PrivateKey key = PrivateKey::generate();
  const auto table = FixedBase::make(key.public_key());
  ASSERT_NE(table, nullptr);
  for (int i = 0; i < 50; ++i) {
    const Signature signature = key.sign(message_of(i));
    EXPECT_TRUE(table->verify(sha256(message_of(i)), signature));
    EXPECT_FALSE(table->verify(sha256(message_of(i + 1)), signature));
    Signature bad = signature;
    bad.value[static_cast<std::size_t>(i)] ^= 1;
    if (is_canonical(bad)) {
      EXPECT_FALSE(table->verify(sha256(message_of(i)), bad));
    }
  }
  EXPECT_FALSE(table->verify(sha256(message_of(0)), PrivateKey::generate().sign(message_of(0))));
}

// RFC 6979 A.2.5: the key of P-256 and its signature with SHA-256, whose s is high.
TEST(FixedBase, AcceptsTheSignatureOfRfc6979) {
  const PublicKey key =
      unhex_as<PublicKey>("0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
  const auto table = FixedBase::make(key);
  ASSERT_NE(table, nullptr);
  const Signature sample = unhex_as<Signature>(
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
      "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
  EXPECT_TRUE(table->verify(sha256(as_bytes("sample")), sample));
  EXPECT_FALSE(table->verify(sha256(as_bytes("test")), sample));
}

// Sums that are a doubling, infinity, or have a product of zero: e = 0, u1 G = +-u2 Q.
TEST(FixedBase, OddSumsAreComputed) {
  const Bytes one = unhex("0000000000000000000000000000000000000000000000000000000000000001");
  const auto generator = PrivateKey::from_scalar(one);
  const auto table = FixedBase::make(generator->public_key());
  ASSERT_NE(table, nullptr);
  // Q = G: u1 G + u2 Q = ((e + r) / s) G. With e = r this doubles; with e = n - r it is infinity.
  const std::string r = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";  // x(G)
  const std::string two_r = "d62fa3e5c258848ff179cdcac74881e4ee06fb025bd66741e942728bb131852c";
  const std::string minus_r = "94e82e0c1ed3bdb90743191a9c5bbf0d45e37d2c792c6ae3ff18917d23ca62bb";
  const auto signature = [&](const std::string& s) { return unhex_as<Signature>(r + s); };
  const std::string zero(64, '0');
  EXPECT_TRUE(table->verify(unhex_as<Digest>(r), signature(two_r)));  // (2r / 2r) G = G
  EXPECT_FALSE(table->verify(unhex_as<Digest>(minus_r), signature(r)));
  EXPECT_TRUE(table->verify(unhex_as<Digest>(zero), signature(r)));  // (r / r) G = G
  EXPECT_FALSE(table->verify(unhex_as<Digest>(zero), signature(two_r)));
}

// Each verdict of a batch is its own, wherever the wrong ones stand.
TEST(FixedBase, ABatchGivesTheVerdictOfEach) {
  std::vector<PrivateKey> keys;
  std::vector<std::unique_ptr<const FixedBase>> tables;
  for (int i = 0; i < 2; ++i) {
    keys.push_back(PrivateKey::generate());
    tables.push_back(FixedBase::make(keys.back().public_key()));
  }
  EXPECT_TRUE(FixedBase::verify_all({}).empty());
  for (int wrong = 0; wrong < 8; ++wrong) {
    std::vector<FixedBase::Check> checks;
    for (int i = 0; i < 7; ++i) {
      const auto signer = static_cast<std::size_t>(i % 2);
      checks.push_back({tables[signer].get(),
                        sha256(message_of(i == wrong ? 100 : i)),
                        keys[signer].sign(message_of(i))});
    }
    const std::vector<bool> verdicts = FixedBase::verify_all(checks);
    ASSERT_EQ(verdicts.size(), checks.size());
    for (int i = 0; i < 7; ++i)
      EXPECT_EQ(verdicts[static_cast<std::size_t>(i)], i != wrong) << i << " " << wrong;
  }
}

TEST(FixedBase, RefusesWhatIsNoPoint) {
  EXPECT_EQ(FixedBase::make(PublicKey{}), nullptr);
  PublicKey off_curve;
  off_curve.value.fill(0xff);
  off_curve.value[0] = 2;
  EXPECT_EQ(FixedBase::make(off_curve), nullptr);
}

TEST(FixedBase, ChecksOfKeysWithAndWithoutTableMix) {
  const PrivateKey hot = PrivateKey::generate();
  const PrivateKey cold = PrivateKey::generate();
  const VerifyKey hot_key = VerifyKey::decode(hot.public_key()).value().with_table();
  const auto cold_key = VerifyKey::decode(cold.public_key());
  const Bytes message = message_of(1);
  EXPECT_TRUE(hot_key.verify(message, hot.sign(message)));
  EXPECT_FALSE(hot_key.verify(message, cold.sign(message)));
  Signature high_s = hot.sign(message);
  high_s.value[32] = 0xff;
  EXPECT_FALSE(hot_key.verify(message, high_s));
  const std::vector<SignatureCheck> checks{{hot_key, message, hot.sign(message)},
                                           {*cold_key, message, cold.sign(message)},
                                           {*cold_key, message, hot.sign(message)},
                                           {hot_key, message, cold.sign(message)},
                                           {hot_key, message, Signature{}},
                                           {hot_key, message, high_s},
                                           {hot_key, message, hot.sign(message)}};
  EXPECT_EQ(verify_all(checks), (std::vector<bool>{true, true, false, false, false, false, true}));
  EXPECT_TRUE(verify_all({}).empty());
}

}  // namespace
}  // namespace galen::crypto
