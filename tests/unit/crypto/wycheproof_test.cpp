// Project Wycheproof: published edge cases against our functions. Vectors of parameters that the
// functions cannot express (other key, nonce or tag sizes) are left out. We are stricter in one
// point: signatures with a high s are refused although the vectors call them valid.
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/fixed_base.h"
#include "crypto/keys.h"
#include "unit/crypto/vectors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>

namespace galen::crypto {
namespace {

using nlohmann::json;

Bytes field(const json& test, const char* name) {
  return unhex(test.at(name).get<std::string>());
}

// Runs every vector of a file; returns how many ran.
int run(std::string_view name,
        const std::function<bool(const json& group, const json& test)>& one) {
  int count = 0;
  for (const json& file : vector_files(name)) {
    for (const json& group : file.at("testGroups")) {
      for (const json& test : group.at("tests")) {
        SCOPED_TRACE(std::string(name) + " " + test.at("tcId").dump());
        if (one(group, test)) ++count;
      }
    }
  }
  return count;
}

TEST(Wycheproof, AesGcm) {
  const int count = run("aes_gcm_test.json", [](const json& group, const json& test) {
    if (group.at("keySize") != 256 || group.at("ivSize") != 96 || group.at("tagSize") != 128) {
      return false;
    }
    const AeadKey key = AeadKey::from(field(test, "key"));
    const AeadNonce nonce = AeadNonce::from(field(test, "iv"));
    const Bytes data = field(test, "aad");
    const Bytes plaintext = field(test, "msg");
    Bytes sealed = field(test, "ct");
    const Bytes tag = field(test, "tag");
    sealed.insert(sealed.end(), tag.begin(), tag.end());
    const bool valid = test.at("result") == "valid";
    const auto opened = aead_open(key, nonce, data, sealed);
    EXPECT_EQ(opened.has_value(), valid);
    if (opened) {
      EXPECT_EQ(*opened, plaintext);
    }
    EXPECT_EQ(aead_seal(key, nonce, data, plaintext) == sealed, valid);
    return true;
  });
  EXPECT_GE(count, 8);
}

TEST(Wycheproof, Hkdf) {
  const int count = run("hkdf_sha256_test.json", [](const json&, const json& test) {
    const auto size = test.at("size").get<std::size_t>();
    if (test.at("result") != "valid") {
      EXPECT_GT(size, 255U * 32U);  // a CHECK, see HkdfDeathTest
      return false;
    }
    const Digest prk = hkdf_extract(field(test, "salt"), field(test, "ikm"));
    EXPECT_EQ(hkdf_expand(prk, field(test, "info"), size), field(test, "okm"));
    return true;
  });
  EXPECT_GE(count, 10);
}

std::optional<PublicKey> read_point(const Bytes& point) {
  if (point.size() == PublicKey::kSize) return PublicKey::from(point);
  const auto key = compressed(point);
  return key ? std::optional(*key) : std::nullopt;
}

// The vectors write scalars as signed integers of any length.
Bytes scalar(Bytes bytes) {
  while (bytes.size() > 32 && bytes[0] == 0) bytes.erase(bytes.begin());
  bytes.insert(bytes.begin(), 32 - std::min<std::size_t>(32, bytes.size()), 0);
  return bytes;
}

TEST(Wycheproof, Ecdh) {
  const int count = run("ecdh_secp256r1_ecpoint_test.json", [](const json&, const json& test) {
    const auto key = PrivateKey::from_scalar(scalar(field(test, "private")));
    EXPECT_TRUE(key.has_value());
    if (!key) return true;
    const auto peer = read_point(field(test, "public"));
    const auto shared = peer ? key->diffie_hellman(*peer)
                             : Result<Bytes>(fail(ErrorCode::kInvalidArgument, "no point"));
    // "acceptable" is a valid compressed point.
    EXPECT_EQ(shared.has_value(), test.at("result") != "invalid") << test.at("comment");
    if (shared) {
      EXPECT_EQ(*shared, field(test, "shared"));
    }
    return true;
  });
  EXPECT_GE(count, 18);
}

bool is_high_s(const Signature& signature) {
  const Bytes half = unhex("7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8");
  const BytesView s = signature.view().last(32);
  return std::lexicographical_compare(half.begin(), half.end(), s.begin(), s.end());
}

// 1 <= r, s < n, which FixedBase expects.
bool in_range(const Signature& signature) {
  const Bytes order = unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const Bytes zero(32, 0);
  const BytesView all = signature.view();
  for (const BytesView value : {all.first(32), all.last(32)}) {
    const bool below =
        std::lexicographical_compare(value.begin(), value.end(), order.begin(), order.end());
    if (!below || equal(value, zero)) return false;
  }
  return true;
}

// The vectors of one key follow each other, and a table takes a while.
const FixedBase& table_of(const PublicKey& key) {
  static std::optional<PublicKey> last;
  static std::unique_ptr<const FixedBase> table;
  if (last != key) {
    table = FixedBase::make(key);
    last = key;
  }
  return *table;
}

// How many signatures were accepted, and how many valid ones were refused for a high s.
struct Verdicts {
  int accepted = 0;
  int high_s = 0;
};

void check_signature(const json& group,
                     const json& test,
                     const Signature& signature,
                     Verdicts& sum) {
  const auto point = compressed(field(group.at("publicKey"), "uncompressed"));
  ASSERT_TRUE(point.has_value());
  const auto key = VerifyKey::decode(*point);
  ASSERT_TRUE(key.has_value());
  const bool valid = test.at("result") == "valid";
  const bool high = is_high_s(signature);
  const bool accepted = key->verify(field(test, "msg"), signature);
  EXPECT_EQ(accepted, valid && !high) << test.at("comment");
  if (in_range(signature)) {
    EXPECT_EQ(table_of(*point).verify(sha256(field(test, "msg")), signature), valid)
        << test.at("comment");
  }
  sum.accepted += accepted ? 1 : 0;
  sum.high_s += valid && high ? 1 : 0;
}

TEST(Wycheproof, EcdsaP1363) {
  Verdicts verdicts;
  run("ecdsa_secp256r1_sha256_p1363_test.json", [&](const json& group, const json& test) {
    const Bytes bytes = field(test, "sig");
    if (bytes.size() == Signature::kSize) {
      check_signature(group, test, Signature::from(bytes), verdicts);
    } else {
      EXPECT_NE(test.at("result"), "valid");  // other lengths are no Signature
    }
    return true;
  });
  EXPECT_GE(verdicts.accepted, 5);
  EXPECT_GE(verdicts.high_s, 1);
}

// One DER INTEGER in minimal form, of at most 32 bytes without its sign byte.
std::optional<Bytes> take_integer(BytesView& in) {
  if (in.size() < 2 || in[0] != 0x02 || in[1] == 0 || in[1] > 33 || in.size() - 2 < in[1]) {
    return std::nullopt;
  }
  BytesView value = in.subspan(2, in[1]);
  in = in.subspan(2U + value.size());
  if ((value[0] & 0x80U) != 0) return std::nullopt;
  if (value.size() > 1 && value[0] == 0) {
    if ((value[1] & 0x80U) == 0) return std::nullopt;
    value = value.subspan(1);
  }
  if (value.size() > 32) return std::nullopt;
  return scalar(to_bytes(value));
}

std::optional<Signature> from_der(BytesView in) {
  if (in.size() < 2 || in[0] != 0x30 || in[1] >= 0x80 || in.size() - 2 != in[1]) {
    return std::nullopt;
  }
  in = in.subspan(2);
  auto r = take_integer(in);
  const auto s = take_integer(in);
  if (!r || !s || !in.empty()) return std::nullopt;
  r->insert(r->end(), s->begin(), s->end());
  return Signature::from(*r);
}

TEST(Wycheproof, EcdsaInDerAfterStrictConversion) {
  Verdicts verdicts;
  run("ecdsa_secp256r1_sha256_test.json", [&](const json& group, const json& test) {
    const Bytes bytes = field(test, "sig");
    const auto signature = from_der(bytes);
    if (signature) {
      check_signature(group, test, *signature, verdicts);
    } else {
      EXPECT_NE(test.at("result"), "valid") << test.at("comment");
    }
    return true;
  });
  EXPECT_GE(verdicts.accepted, 5);
  EXPECT_GE(verdicts.high_s, 1);
}

}  // namespace
}  // namespace galen::crypto
