#include "crypto/keys.h"

#include "unit/crypto/vectors.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

namespace galen::crypto {
namespace {

constexpr std::string_view kOrder =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
constexpr std::string_view kOrderMinusOne =
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550";
constexpr std::string_view kHalfOrder =
    "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8";
constexpr std::string_view kHalfOrderPlusOne =
    "7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a9";
constexpr std::string_view kOne =
    "0000000000000000000000000000000000000000000000000000000000000001";
constexpr std::string_view kZero =
    "0000000000000000000000000000000000000000000000000000000000000000";
// The generator G of P-256 (FIPS 186-4 D.1.2.3).
constexpr std::string_view kGeneratorX =
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
constexpr std::string_view kGeneratorY =
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

std::string join(std::string_view a, std::string_view b) {
  return std::string(a) + std::string(b);
}

Signature signature_of(std::string_view r, std::string_view s) {
  return unhex_as<Signature>(join(r, s));
}

// n - s for the second half of a signature.
Signature with_other_s(const Signature& signature) {
  const Bytes n = unhex(kOrder);
  Signature result = signature;
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int difference = n[i] - signature.value[32 + i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    result.value[32 + i] = static_cast<std::uint8_t>(difference + 256 * borrow);
  }
  return result;
}

TEST(Keys, TheScalarOneGivesTheGenerator) {
  const auto key = PrivateKey::from_scalar(unhex(kOne));
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(to_hex(key->public_key()), join("03", kGeneratorX));
  const auto point = uncompressed(key->public_key());
  ASSERT_TRUE(point.has_value());
  EXPECT_EQ(to_hex(*point), join(join("04", kGeneratorX), kGeneratorY));
  EXPECT_EQ(compressed(*point).value(), key->public_key());
}

// RFC 6979 A.2.5: key pair, and the signature of "sample", brought to low s.
TEST(Keys, MatchTheExampleOfRfc6979) {
  const auto key = PrivateKey::from_scalar(
      unhex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"));
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(to_hex(key->public_key()),
            "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
  const Signature published =
      signature_of("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
                   "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
  EXPECT_FALSE(verify(key->public_key(), as_bytes("sample"), published));
  EXPECT_TRUE(verify(key->public_key(), as_bytes("sample"), with_other_s(published)));
  EXPECT_FALSE(verify(key->public_key(), as_bytes("simple"), with_other_s(published)));
}

TEST(Keys, ScalarsOutOfRangeAreRefused) {
  const std::string too_long = join("00", kOne);
  const std::string too_short(62, '1');
  const std::string all_ones(64, 'f');
  for (const std::string_view bad : {kZero,
                                     kOrder,
                                     std::string_view(all_ones),
                                     std::string_view(too_long),
                                     std::string_view(too_short),
                                     std::string_view()}) {
    const auto key = PrivateKey::from_scalar(unhex(bad));
    ASSERT_FALSE(key.has_value()) << bad;
    EXPECT_EQ(key.error().code, ErrorCode::kInvalidArgument);
  }
  const auto largest = PrivateKey::from_scalar(unhex(kOrderMinusOne));
  ASSERT_TRUE(largest.has_value());
  EXPECT_EQ(to_hex(largest->public_key()), join("02", kGeneratorX));  // n - 1 gives -G
}

TEST(Keys, SignaturesVerifyAndAreAlwaysLowS) {
  const PrivateKey key = PrivateKey::generate();
  const auto decoded = VerifyKey::decode(key.public_key());
  ASSERT_TRUE(decoded.has_value());
  // OpenSSL alone would give a high s every second time.
  for (int i = 0; i < 64; ++i) {
    const Bytes message(static_cast<std::size_t>(i), 0x61);
    const Signature signature = key.sign(message);
    EXPECT_TRUE(is_canonical(signature));
    EXPECT_TRUE(decoded->verify(message, signature));
    EXPECT_FALSE(decoded->verify(message, with_other_s(signature)));
    EXPECT_EQ(with_other_s(with_other_s(signature)), signature);
  }
}

TEST(Keys, AnyOtherMessageKeyOrSignatureIsRefused) {
  const PrivateKey key = PrivateKey::generate();
  const Bytes message = to_bytes("message");
  const Signature signature = key.sign(message);
  EXPECT_FALSE(verify(PrivateKey::generate().public_key(), message, signature));
  EXPECT_FALSE(verify(key.public_key(), as_bytes("messag"), signature));
  for (std::size_t i = 0; i < Signature::kSize; ++i) {
    Signature changed = signature;
    changed.value[i] ^= 1;
    EXPECT_FALSE(verify(key.public_key(), message, changed)) << i;
  }
}

TEST(Keys, SignaturesAreHedged) {
  const PrivateKey key = PrivateKey::generate();
  std::set<Signature> seen;
  for (int i = 0; i < 8; ++i) seen.insert(key.sign(as_bytes("same")));
  EXPECT_EQ(seen.size(), 8U);
}

TEST(Signature, IsCanonicalOnlyWithinTheRange) {
  const std::string max(64, 'f');
  EXPECT_TRUE(is_canonical(signature_of(kOne, kOne)));
  EXPECT_TRUE(is_canonical(signature_of(kOrderMinusOne, kHalfOrder)));
  EXPECT_FALSE(is_canonical(signature_of(kZero, kOne)));
  EXPECT_FALSE(is_canonical(signature_of(kOne, kZero)));
  EXPECT_FALSE(is_canonical(signature_of(kOrder, kOne)));
  EXPECT_FALSE(is_canonical(signature_of(max, kOne)));
  EXPECT_FALSE(is_canonical(signature_of(kOne, kHalfOrderPlusOne)));
  EXPECT_FALSE(is_canonical(signature_of(kOne, kOrder)));
  EXPECT_FALSE(is_canonical(signature_of(kOne, max)));
  EXPECT_FALSE(is_canonical(Signature{}));
}

TEST(PublicKey, OnlyCompressedPointsOnTheCurveDecode) {
  const PublicKey good = unhex_as<PublicKey>(join("02", kGeneratorX));
  EXPECT_TRUE(is_valid_point(good));
  for (int prefix = 0; prefix < 256; ++prefix) {
    PublicKey key = good;
    key.value[0] = static_cast<std::uint8_t>(prefix);
    EXPECT_EQ(is_valid_point(key), prefix == 2 || prefix == 3) << prefix;
  }
  // x = p + 5 is a second spelling of x = 5, which is on the curve; x = 1 is not on it.
  const std::string_view five = "0000000000000000000000000000000000000000000000000000000000000005";
  const std::string_view p_plus_five =
      "ffffffff00000001000000000000000000000001000000000000000000000004";
  EXPECT_TRUE(is_valid_point(unhex_as<PublicKey>(join("02", five))));
  EXPECT_FALSE(is_valid_point(unhex_as<PublicKey>(join("02", p_plus_five))));
  EXPECT_FALSE(is_valid_point(unhex_as<PublicKey>(join("02", kOne))));
  EXPECT_FALSE(is_valid_point(PublicKey{}));
  const auto refused = VerifyKey::decode(unhex_as<PublicKey>(join("02", kOne)));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kMalformed);
}

TEST(PublicKey, OnlyUncompressedPointsOnTheCurveCompress) {
  Bytes point = unhex(join(join("04", kGeneratorX), kGeneratorY));
  EXPECT_TRUE(compressed(point).has_value());
  point[64] ^= 1;
  EXPECT_FALSE(compressed(point).has_value());
  point[64] ^= 1;
  for (const int prefix : {0, 2, 3, 5, 6, 7}) {  // 6 and 7: the hybrid form
    point[0] = static_cast<std::uint8_t>(prefix);
    EXPECT_FALSE(compressed(point).has_value()) << prefix;
  }
  EXPECT_FALSE(compressed(unhex(join("02", kGeneratorX))).has_value());
  EXPECT_FALSE(compressed({}).has_value());
  EXPECT_FALSE(compressed(Bytes{0}).has_value());  // SEC1 infinity
}

TEST(DiffieHellman, BothSidesAgree) {
  const PrivateKey a = PrivateKey::generate();
  const PrivateKey b = PrivateKey::generate();
  const auto shared = a.diffie_hellman(b.public_key());
  ASSERT_TRUE(shared.has_value());
  EXPECT_EQ(shared->size(), 32U);
  EXPECT_EQ(shared.value(), b.diffie_hellman(a.public_key()).value());
  const auto refused = a.diffie_hellman(PublicKey{});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
}

TEST(Keys, OneKeyServesSeveralThreads) {
  const PrivateKey key = PrivateKey::generate();
  const VerifyKey verify_key = VerifyKey::decode(key.public_key()).value();
  std::atomic<int> verified = 0;
  std::vector<std::thread> threads;
  for (std::uint8_t id = 0; id < 4; ++id) {
    threads.emplace_back([&, id] {
      for (std::uint8_t i = 0; i < 50; ++i) {
        const Bytes message{id, i};
        if (verify_key.verify(message, key.sign(message))) ++verified;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(verified, 200);
}

TEST(OsRandom, FillsDifferently) {
  OsRandom random;
  EXPECT_NE(random.next<Random32>(), random.next<Random32>());
  random.fill({});
}

}  // namespace
}  // namespace galen::crypto
