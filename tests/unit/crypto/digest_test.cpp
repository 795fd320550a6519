#include "crypto/digest.h"

#include "unit/crypto/vectors.h"

#include <gtest/gtest.h>

namespace galen::crypto {
namespace {

TEST(Sha256, MatchesTheExamplesOfFips180) {
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(Bytes(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Hasher, PiecesHashAsTheWhole) {
  const Bytes message(200, 0x5a);
  for (std::size_t cut = 0; cut <= message.size(); ++cut) {
    const BytesView view = message;
    EXPECT_EQ(Hasher().raw(view.first(cut)).raw(view.subspan(cut)).finish(), sha256(message));
  }
}

TEST(Hasher, WritesIntegersBigEndianAndLengthsAsTheCodec) {
  const Digest expected =
      sha256(unhex("010203040506070809101112131415"
                   "00000002aabb"));
  EXPECT_EQ(Hasher()
                .u8(0x01)
                .u16(0x0203)
                .u32(0x04050607)
                .u64(0x0809101112131415)
                .bytes(Bytes{0xaa, 0xbb})
                .finish(),
            expected);
}

TEST(Hasher, TagsAreLengthPrefixed) {
  EXPECT_EQ(Hasher("obj").finish(), sha256(unhex("036f626a")));
  EXPECT_EQ(tagged("obj", Bytes{1}, Bytes{2}), sha256(unhex("036f626a0102")));
  EXPECT_NE(tagged("a", as_bytes("bc")), tagged("ab", as_bytes("c")));
}

TEST(Hasher, CopiesGoTheirOwnWay) {
  Hasher common("tag");
  common.u8(1);
  Hasher other = common;
  EXPECT_EQ(common.u8(2).finish(), tagged("tag", Bytes{1, 2}));
  EXPECT_EQ(other.u8(3).finish(), tagged("tag", Bytes{1, 3}));
}

TEST(HasherDeathTest, IsUsedUpByFinish) {
  Hasher hasher;
  (void)hasher.finish();
  EXPECT_DEATH((void)hasher.finish(), "CHECK failed");
  EXPECT_DEATH(hasher.u8(1), "CHECK failed");
}

struct HmacCase {
  std::string_view key;
  std::string_view data;
  std::string_view mac;
};

TEST(Hmac, MatchesRfc4231) {
  const std::string long_key(262, 'a');  // 131 bytes of 0xaa
  const HmacCase cases[] = {
      {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
       "4869205468657265",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"4a656665",
       "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
       "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
       "ddd"
       "dddddd",
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {"0102030405060708090a0b0c0d0e0f10111213141516171819",
       "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdc"
       "dcd"
       "cdcdcd",
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {long_key,
       "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204"
       "b"
       "6579204669727374",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
  };
  for (const HmacCase& test : cases) {
    EXPECT_EQ(to_hex(hmac_sha256(unhex(test.key), unhex(test.data))), test.mac);
  }
}

TEST(Hmac, KeysAroundTheBlockLengthDiffer) {
  // A key of 64 bytes is used as it is, one of 65 is hashed; zero padding is no difference.
  const Bytes message{1, 2, 3};
  EXPECT_EQ(hmac_sha256(Bytes(63), message), hmac_sha256(Bytes(64), message));
  EXPECT_NE(hmac_sha256(Bytes(64), message), hmac_sha256(Bytes(65), message));
  EXPECT_EQ(hmac_sha256(Bytes(65), message), hmac_sha256(sha256(Bytes(65)), message));
}

TEST(Hkdf, MatchesRfc5869) {
  const Digest prk = hkdf_extract(unhex("000102030405060708090a0b0c"),
                                  unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"));
  EXPECT_EQ(to_hex(prk), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  EXPECT_EQ(to_hex(hkdf_expand(prk, unhex("f0f1f2f3f4f5f6f7f8f9"), 42)),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  const Digest without_salt =
      hkdf_extract({}, unhex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"));
  EXPECT_EQ(to_hex(hkdf_expand(without_salt, {}, 42)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(Hkdf, ShorterOutputsArePrefixes) {
  const Digest prk = sha256({});
  const Bytes all = hkdf_expand(prk, as_bytes("info"), 255 * 32);
  for (const std::size_t size : {0U, 1U, 31U, 32U, 33U, 8159U}) {
    EXPECT_TRUE(equal(hkdf_expand(prk, as_bytes("info"), size), BytesView(all).first(size)));
  }
}

TEST(HkdfDeathTest, MoreThan255BlocksIsAProgrammerError) {
  EXPECT_DEATH((void)hkdf_expand(Digest{}, {}, 255 * 32 + 1), "CHECK failed");
}

TEST(EqualSecret, ComparesLengthAndEveryByte) {
  const Bytes secret(32, 7);
  EXPECT_TRUE(equal_secret(secret, Bytes(32, 7)));
  EXPECT_TRUE(equal_secret({}, {}));
  EXPECT_FALSE(equal_secret(secret, Bytes(31, 7)));
  for (std::size_t i = 0; i < secret.size(); ++i) {
    Bytes other = secret;
    other[i] ^= 1;
    EXPECT_FALSE(equal_secret(secret, other));
  }
}

TEST(Cleanse, OverwritesTheSecret) {
  Bytes secret(48, 7);
  cleanse(secret);
  EXPECT_EQ(secret, Bytes(48, 0));
}

}  // namespace
}  // namespace galen::crypto
