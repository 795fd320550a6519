#include "crypto/hpke.h"

#include "unit/crypto/vectors.h"

#include <gtest/gtest.h>

namespace galen::crypto {
namespace {

Bytes field(const nlohmann::json& test, const char* name) {
  return unhex(test.at(name).get<std::string>());
}

// RFC 9180 A.3.1 shares KEM and key derivation with our suite; its AEAD is AES-128.
TEST(Hpke, DerivesTheKeysOfRfc9180A3) {
  const auto ephemeral = hpke_derive_key_pair(
      unhex("4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e"));
  const auto recipient = hpke_derive_key_pair(
      unhex("668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550"));
  ASSERT_TRUE(ephemeral.has_value() && recipient.has_value());
  const auto same = PrivateKey::from_scalar(
      unhex("4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb"));
  ASSERT_TRUE(same.has_value());
  EXPECT_EQ(ephemeral->public_key(), same->public_key());
  EXPECT_EQ(to_hex(uncompressed(ephemeral->public_key()).value()),
            "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b"
            "7f951c0900be863c403ce65c9bfcb9382657222d18c4");
  EXPECT_EQ(to_hex(uncompressed(recipient->public_key()).value()),
            "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539"
            "c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0");
}

TEST(Hpke, MatchesAnIndependentImplementation) {
  for (const auto& file : vector_files("hpke-p256-hkdfsha256-aes256gcm-base.json")) {
    ASSERT_GE(file.at("tests").size(), 3U);
    for (const auto& test : file.at("tests")) {
      SCOPED_TRACE(test.at("id").dump());
      const auto recipient = hpke_derive_key_pair(field(test, "ikm_recipient"));
      ASSERT_TRUE(recipient.has_value());
      const auto same = PrivateKey::from_scalar(field(test, "sk_recipient"));
      ASSERT_TRUE(same.has_value());
      EXPECT_EQ(recipient->public_key(), same->public_key());
      EXPECT_EQ(uncompressed(recipient->public_key()).value(), field(test, "pk_recipient"));
      const SealedBox box{field(test, "enc"), field(test, "ct")};
      const auto opened = hpke_open(*recipient, field(test, "info"), field(test, "aad"), box);
      ASSERT_TRUE(opened.has_value()) << opened.error().message;
      EXPECT_EQ(*opened, field(test, "pt"));
    }
  }
}

class HpkeBox : public testing::Test {
 protected:
  void expect_refused(const SealedBox& box, std::string_view info, std::string_view data) const {
    const auto opened = hpke_open(recipient_, as_bytes(info), as_bytes(data), box);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::kUnauthenticated);
  }

  PrivateKey recipient_ = PrivateKey::generate();
  SealedBox box_ =
      hpke_seal(recipient_.public_key(), as_bytes("info"), as_bytes("aad"), as_bytes("key"))
          .value();
};

TEST_F(HpkeBox, OpensForItsRecipientInItsContext) {
  const auto opened = hpke_open(recipient_, as_bytes("info"), as_bytes("aad"), box_);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(to_string(*opened), "key");
  EXPECT_EQ(box_.enc.size(), 65U);
  EXPECT_EQ(box_.ciphertext.size(), 3U + 16U);
}

TEST_F(HpkeBox, OpensNowhereElse) {
  expect_refused(box_, "inf", "aad");
  expect_refused(box_, "info", "aa");
  recipient_ = PrivateKey::generate();
  expect_refused(box_, "info", "aad");
}

TEST_F(HpkeBox, OpensOnlyUnchanged) {
  for (std::size_t i = 0; i < box_.enc.size(); ++i) {
    SealedBox changed = box_;
    changed.enc[i] ^= 1;
    expect_refused(changed, "info", "aad");
  }
  for (std::size_t i = 0; i < box_.ciphertext.size(); ++i) {
    SealedBox changed = box_;
    changed.ciphertext[i] ^= 1;
    expect_refused(changed, "info", "aad");
  }
  const auto same_point = compressed(box_.enc);
  ASSERT_TRUE(same_point.has_value());
  expect_refused({to_bytes(same_point->view()), box_.ciphertext}, "info", "aad");
  expect_refused({{}, box_.ciphertext}, "info", "aad");
  expect_refused({box_.enc, {}}, "info", "aad");
}

TEST_F(HpkeBox, IsNewEveryTime) {
  const auto again =
      hpke_seal(recipient_.public_key(), as_bytes("info"), as_bytes("aad"), as_bytes("key"));
  ASSERT_TRUE(again.has_value());
  EXPECT_NE(*again, box_);
}

TEST(Hpke, RefusesAnInvalidRecipient) {
  const auto sealed = hpke_seal(PublicKey{}, {}, {}, as_bytes("key"));
  ASSERT_FALSE(sealed.has_value());
  EXPECT_EQ(sealed.error().code, ErrorCode::kInvalidArgument);
}

// Golden: the keys of RFC 9180 A.3.1 in our suite; opening is checked against others above.
TEST(Hpke, SealsToKnownBytes) {
  const auto ephemeral = hpke_derive_key_pair(
      unhex("4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e"));
  const auto recipient = hpke_derive_key_pair(
      unhex("668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550"));
  ASSERT_TRUE(ephemeral.has_value() && recipient.has_value());
  const auto box = hpke_seal_with(*ephemeral,
                                  recipient->public_key(),
                                  as_bytes("info"),
                                  as_bytes("aad"),
                                  as_bytes("plaintext"));
  ASSERT_TRUE(box.has_value());
  EXPECT_EQ(box->enc, uncompressed(ephemeral->public_key()).value());
  EXPECT_EQ(to_hex(box->ciphertext), "6d39a7a7d0d13e8d7479791b1cf3a102573394a539343161a5");
  const auto opened = hpke_open(*recipient, as_bytes("info"), as_bytes("aad"), *box);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(to_string(*opened), "plaintext");
}

}  // namespace
}  // namespace galen::crypto
