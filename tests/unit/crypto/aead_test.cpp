#include "crypto/aead.h"

#include "unit/crypto/vectors.h"

#include <gtest/gtest.h>

namespace galen::crypto {
namespace {

struct GcmCase {
  std::string_view key;
  std::string_view nonce;
  std::string_view data;
  std::string_view plaintext;
  std::string_view sealed;
};

// Test cases 13 to 16 of the GCM specification (McGrew and Viega), those with AES-256.
TEST(Aead, MatchesTheGcmSpecification) {
  const std::string_view zero = "0000000000000000000000000000000000000000000000000000000000000000";
  const std::string_view key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
  const GcmCase cases[] = {
      {zero, "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
      {zero,
       "000000000000000000000000",
       "",
       "00000000000000000000000000000000",
       "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
      {key,
       "cafebabefacedbaddecaf888",
       "",
       "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a"
       "6"
       "b525b16aedf5aa0de657ba637b391aafd255",
       "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10568"
       "2"
       "8838c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c"},
      {key,
       "cafebabefacedbaddecaf888",
       "feedfacedeadbeeffeedfacedeadbeefabaddad2",
       "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a"
       "6"
       "b525b16aedf5aa0de657ba637b39",
       "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10568"
       "2"
       "8838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
  };
  for (const GcmCase& test : cases) {
    const auto k = unhex_as<AeadKey>(test.key);
    const auto nonce = unhex_as<AeadNonce>(test.nonce);
    EXPECT_EQ(to_hex(aead_seal(k, nonce, unhex(test.data), unhex(test.plaintext))), test.sealed);
    const auto opened = aead_open(k, nonce, unhex(test.data), unhex(test.sealed));
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(to_hex(*opened), test.plaintext);
  }
}

class AeadChange : public testing::Test {
 protected:
  void expect_refused() const {
    const auto opened = aead_open(key_, nonce_, data_, sealed_);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::kUnauthenticated);
  }

  AeadKey key_ = AeadKey::from(Bytes(32, 1));
  AeadNonce nonce_ = AeadNonce::from(Bytes(12, 2));
  Bytes data_ = Bytes(5, 3);
  Bytes sealed_ = aead_seal(key_, nonce_, data_, as_bytes("seventeen letters"));
};

TEST_F(AeadChange, OfAnyByteIsRefused) {
  ASSERT_TRUE(aead_open(key_, nonce_, data_, sealed_).has_value());
  for (std::size_t i = 0; i < sealed_.size(); ++i) {
    sealed_[i] ^= 1;
    expect_refused();
    sealed_[i] ^= 1;
  }
  key_.value[31] ^= 1;
  expect_refused();
  key_.value[31] ^= 1;
  nonce_.value[0] ^= 1;
  expect_refused();
  nonce_.value[0] ^= 1;
  data_[4] ^= 1;
  expect_refused();
}

TEST_F(AeadChange, OfTheLengthIsRefused) {
  sealed_.push_back(0);
  expect_refused();
  while (!sealed_.empty()) {
    sealed_.pop_back();
    if (sealed_.size() != 33) expect_refused();
  }
  sealed_.clear();
  expect_refused();
}

TEST(Aead, SealsNothingAndAlotAlike) {
  const AeadKey key = AeadKey::from(Bytes(32, 9));
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 1U << 20U}) {
    const Bytes plaintext(size, 0x42);
    const Bytes sealed = aead_seal(key, AeadNonce{}, {}, plaintext);
    EXPECT_EQ(sealed.size(), size + kAeadTagBytes);
    const auto opened = aead_open(key, AeadNonce{}, {}, sealed);
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(*opened, plaintext);
  }
}

}  // namespace
}  // namespace galen::crypto
