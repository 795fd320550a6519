#include "ledger/genesis.h"

#include "base/limits.h"
#include "crypto/digest.h"
#include "samples.h"
#include "support/paths.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

namespace galen::ledger {
namespace {

using Json = nlohmann::ordered_json;

/// Signing is slow enough to do it once.
const Genesis& valid() {
  static const Genesis shared = samples::valid_genesis(4);
  return shared;
}

std::string failure(const Genesis& genesis) {
  const Status status = validate(genesis);
  if (status) return "";
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  return status.error().message;
}

std::string json_failure(const std::string& text) {
  const auto genesis = genesis_from_json(text);
  return genesis ? "" : genesis.error().message;
}

template <class T>
struct Breach {
  const char* message;
  std::function<void(T&)> commit;
};

TEST(Genesis, ComesBackFromItsBytes) {
  const Bytes bytes = encode(valid());
  const auto decoded = decode_genesis(bytes);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, valid());
  const Bytes parameters = encode(valid().parameters);
  EXPECT_EQ(*decode_parameters(parameters), valid().parameters);
}

TEST(Genesis, ChainIdDependsOnEveryPart) {
  std::vector<Genesis> others(4, valid());
  others[0].name = "valley-2";
  others[1].parameters.stale_ms += 1;
  others[2].organisations[0].region = "FR";
  std::swap(others[3].validators[0], others[3].validators[1]);
  for (const Genesis& other : others) EXPECT_NE(chain_id(other), chain_id(valid()));
}

TEST(Genesis, ValidatorSetKeepsTheOrder) {
  const ValidatorSet set = validator_set(valid());
  ASSERT_EQ(set.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(set.members[i].consensus_key, valid().validators[i].consensus_key);
    EXPECT_EQ(set.members[i].organisation, valid().validators[i].organisation);
  }
}

TEST(Genesis, ValidatesWithFourToManyValidators) {
  EXPECT_EQ(failure(valid()), "");
  EXPECT_EQ(failure(samples::valid_genesis(7)), "");
}

TEST(Genesis, RefusesBrokenMembers) {
  using G = Genesis;
  const std::vector<Breach<G>> breaches = {
      {"3 validators", [](G& g) { g.validators.pop_back(); }},
      {"0 organisations", [](G& g) { g.organisations.clear(); }},
      {"name", [](G& g) { g.name = "Valley"; }},
      {"name", [](G& g) { g.name = ""; }},
      {"above the limit", [](G& g) { g.name = std::string(65, 'a'); }},
      {"version 2", [](G& g) { g.version = 2; }},
      {"is there twice", [](G& g) { g.organisations[1].name = g.organisations[0].name; }},
      {"name", [](G& g) { g.organisations[1].name = "a b"; }},
      {"region", [](G& g) { g.organisations[1].region = "d1"; }},
      {"unsorted", [](G& g) { std::swap(g.organisations[0], g.organisations[1]); }},
      {"not the hash", [](G& g) { g.organisations[0].id.value[31] ^= 1; }},
      {"possession", [](G& g) { g.organisations[2].tls_possession.value[5] ^= 1; }},
      {"possession",
       [](G& g) { g.organisations[2].tls_possession = g.validators[2].tls_possession; }},
      {"agreement_key is used twice",
       [](G& g) { g.organisations[0].agreement_key = g.organisations[0].signing_key; }},
      {"not a point", [](G& g) { g.organisations[0].tls_key = PublicKey{}; }},
      {"validator 1", [](G& g) { g.validators[1].organisation = g.validators[0].organisation; }},
      {"validator 2", [](G& g) { g.validators[2].organisation = AccountId{}; }},
      {"validator 3 consensus_key is used twice",
       [](G& g) { g.validators[3].consensus_key = g.validators[0].consensus_key; }},
      {"validator 3 tls_key is used twice",
       [](G& g) { g.validators[3].tls_key = g.organisations[0].tls_key; }},
      {"possession",
       [](G& g) { g.validators[3].consensus_possession = g.validators[3].tls_possession; }},
      {"validator 1 receipt_key is used twice",
       [](G& g) { g.validators[1].receipt_key = g.validators[1].consensus_key; }},
      {"validator 2 receipt_key: the proof of possession",
       [](G& g) { g.validators[2].receipt_possession.value[40] ^= 1; }},
  };
  for (const auto& breach : breaches) {
    Genesis genesis = valid();
    breach.commit(genesis);
    EXPECT_NE(failure(genesis).find(breach.message), std::string::npos)
        << breach.message << " / " << failure(genesis);
  }
}

TEST(Genesis, RefusesBrokenParameters) {
  using P = Parameters;
  const std::vector<Breach<P>> breaches = {
      {"max_block_bytes", [](P& p) { p.max_block_bytes = 1000; }},
      {"max_block_bytes", [](P& p) { p.max_block_bytes = limits::kMaxBlockBytes + 1; }},
      {"max_block_transactions", [](P& p) { p.max_block_transactions = 0; }},
      {"max_block_transactions", [](P& p) { p.max_block_transactions = 4097; }},
      {"max_block_operations", [](P& p) { p.max_block_operations = 255; }},
      {"max_block_operations", [](P& p) { p.max_block_operations = 8193; }},
      {"max_validity_ms", [](P& p) { p.max_validity_ms = limits::kMaxValidityMs + 1; }},
      {"precision_ms", [](P& p) { p.precision_ms = 0; }},
      {"message_delay_ms", [](P& p) { p.message_delay_ms = 0; }},
      {"request_timeout_ms", [](P& p) { p.request_timeout_ms = 0; }},
      {"inclusion_timeout_ms", [](P& p) { p.inclusion_timeout_ms = 0; }},
      {"stale_ms", [](P& p) { p.stale_ms = 0; }},
      {"rotation_period_ms", [](P& p) { p.rotation_period_ms = 1'000'000'000; }},
      {"max_grants_per_patient", [](P& p) { p.max_grants_per_patient = 0; }},
      {"max_grants_per_patient", [](P& p) { p.max_grants_per_patient = 50'001; }},
      {"max_grant_ms", [](P& p) { p.max_grant_ms = 0; }},
      {"emergency_max_ms", [](P& p) { p.emergency_max_ms = 0; }},
      {"emergency_max_ms", [](P& p) { p.emergency_max_ms = 14'400'001; }},
      {"min_audit_retention_ms", [](P& p) { p.min_audit_retention_ms = 3'162'240'000'001; }},
      {"unknown code", [](P& p) { p.implicit_policy = ImplicitPolicy{9}; }},
      {"terminology_version", [](P& p) { p.terminology_version = 2; }},
      {"policies unsorted", [](P& p) { p.policies.push_back(p.policies[0]); }},
      {"65 parameters.policies", [](P& p) { p.policies.resize(65); }},
      {"65 parameters.statutory", [](P& p) { p.statutory.resize(65); }},
      {"257 parameters.label_obligations", [](P& p) { p.label_obligations.resize(257); }},
      {"257 parameters.role_purposes", [](P& p) { p.role_purposes.resize(257); }},
      {"65 parameters.purpose_limits", [](P& p) { p.purpose_limits.resize(65); }},
      {"HRESCH is 0 ms",
       [](P& p) {
         p.purpose_limits = {{"HRESCH", 0}};
       }},
      {"HRESCH is 316224000001 ms",
       [](P& p) {
         p.purpose_limits = {{"HRESCH", p.max_grant_ms + 1}};
       }},
      {"HRESCH is there twice",
       [](P& p) {
         p.purpose_limits = {{"HRESCH", 1}, {"HRESCH", 2}};
       }},
      {"purpose limits",
       [](P& p) {
         p.purpose_limits = {{"TREAT", 1}, {"HRESCH", 2}};
       }},
      {"a code that is empty",
       [](P& p) {
         p.purpose_limits = {{"", 1}, {"TREAT", 2}};
       }},
      {"classes", [](P& p) { p.statutory[0].classes = 0; }},
      {"label obligations",
       [](P& p) { std::swap(p.label_obligations[0], p.label_obligations[1]); }},
      {"printable", [](P& p) { p.label_obligations[0].obligation = ""; }},
      {"role purposes", [](P& p) { p.role_purposes.push_back(p.role_purposes[0]); }},
  };
  for (const auto& breach : breaches) {
    Genesis genesis = valid();
    breach.commit(genesis.parameters);
    EXPECT_NE(failure(genesis).find(breach.message), std::string::npos)
        << breach.message << " / " << failure(genesis);
  }
}

TEST(Genesis, LimitsOfSinglePurposesComeBackFromBothForms) {
  Genesis genesis = valid();
  const ChainId without = chain_id(genesis);
  EXPECT_EQ(to_json(genesis).find("purpose_limits"), std::string::npos);
  genesis.parameters.purpose_limits = {{"HRESCH", 7}, {"TREAT", genesis.parameters.max_grant_ms}};
  EXPECT_NE(chain_id(genesis), without);
  const auto bytes = decode_genesis(encode(genesis));
  ASSERT_TRUE(bytes) << bytes.error().message;
  EXPECT_EQ(*bytes, genesis);
  const auto json = genesis_from_json(to_json(genesis));
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(*json, genesis);
}

TEST(Genesis, VersionsOfParametersAreToldApart) {
  Parameters parameters = valid().parameters;
  const Bytes without = encode(parameters);
  parameters.purpose_limits = {{"HRESCH", 7}};
  const Bytes with = encode(parameters);
  EXPECT_EQ(with.size(), without.size() + 2 + 4 + 6 + 8) << "count, length, purpose, limit";
  EXPECT_EQ(with[1], 3);
  EXPECT_EQ(without[1], 2);
  Bytes empty = without;
  empty[1] = 3;
  empty.insert(empty.end(), 2, 0);
  EXPECT_FALSE(decode_parameters(empty)) << "one value, one form";
  Bytes trailing = with;
  trailing[1] = 2;
  EXPECT_FALSE(decode_parameters(trailing));
  Bytes other = with;
  other[1] = 4;
  EXPECT_FALSE(decode_parameters(other));
}

TEST(Genesis, RefusesMoreThanTheLimitOfBytes) {
  const auto large = decode_genesis(Bytes(limits::kMaxGenesisBytes + 1));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::kTooLarge);
}

TEST(GenesisJson, ComesBackFromItsText) {
  const std::string text = to_json(valid());
  const auto genesis = genesis_from_json(text);
  ASSERT_TRUE(genesis) << genesis.error().message;
  EXPECT_EQ(*genesis, valid());
  EXPECT_EQ(to_json(*genesis), text);
  EXPECT_EQ(chain_id(*genesis), chain_id(valid()));
}

TEST(GenesisJson, NamesThePathOfWhatIsWrong) {
  const std::vector<Breach<Json>> breaches = {
      {"genesis.colour is not known", [](Json& j) { j["colour"] = 1; }},
      {"genesis.parameters.stale is not known", [](Json& j) { j["parameters"]["stale"] = 1; }},
      {"genesis.organisations[1].nick is not known",
       [](Json& j) { j["organisations"][1]["nick"] = "x"; }},
      {"genesis.name is missing", [](Json& j) { j.erase("name"); }},
      {"genesis.validators[3].tls_key is missing",
       [](Json& j) { j["validators"][3].erase("tls_key"); }},
      {"genesis.parameters must be an object", [](Json& j) { j["parameters"] = 1; }},
      {"genesis.validators must be a list", [](Json& j) { j["validators"] = Json::object(); }},
      {"genesis.validators[0] must be an object", [](Json& j) { j["validators"][0] = "x"; }},
      {"genesis.time_ms must be a whole number", [](Json& j) { j["time_ms"] = 1.5; }},
      {"genesis.time_ms must be a whole number", [](Json& j) { j["time_ms"] = -1; }},
      {"genesis.time_ms must be a whole number", [](Json& j) { j["time_ms"] = "1"; }},
      {"genesis.time_ms must be at most", [](Json& j) { j["time_ms"] = kMaxCounter + 1; }},
      {"genesis.parameters.max_block_bytes must be at most",
       [](Json& j) { j["parameters"]["max_block_bytes"] = 1ULL << 33U; }},
      {"genesis.parameters.allow_any_permit must be true or false",
       [](Json& j) { j["parameters"]["allow_any_permit"] = 0; }},
      {"genesis.parameters.implicit_policy has the unknown value \"open\"",
       [](Json& j) { j["parameters"]["implicit_policy"] = "open"; }},
      {"genesis.parameters.statutory[0].classes[3] is there twice",
       [](Json& j) { j["parameters"]["statutory"][0]["classes"].push_back("LAB"); }},
      {"genesis.parameters.policies[0]", [](Json& j) { j["parameters"]["policies"][0] = "00"; }},
      {"genesis.parameters.policies has more than 64 elements",
       [](Json& j) { j["parameters"]["policies"] = Json(65, "00"); }},
      {"genesis.name must be a text", [](Json& j) { j["name"] = nullptr; }},
      {"genesis.organisations[0].id",
       [](Json& j) { j["organisations"][0]["id"] = std::string(64, 'A'); }},
  };
  for (const auto& breach : breaches) {
    Json json = Json::parse(to_json(valid()));
    breach.commit(json);
    EXPECT_NE(json_failure(json.dump()).find(breach.message), std::string::npos)
        << breach.message << " / " << json_failure(json.dump());
  }
}

TEST(GenesisJson, IsValidatedAfterReading) {
  Json json = Json::parse(to_json(valid()));
  json["parameters"]["stale_ms"] = 0;
  EXPECT_NE(json_failure(json.dump()).find("stale_ms is 0"), std::string::npos);
}

TEST(GenesisJson, RefusesWhatIsNotJson) {
  EXPECT_NE(json_failure("").find("not JSON"), std::string::npos);
  EXPECT_NE(json_failure("{\"a\":}").find("not JSON at byte 6"), std::string::npos);
  EXPECT_NE(json_failure("[]").find("genesis must be an object"), std::string::npos);
  EXPECT_NE(json_failure("{\"a\":\"\xff\"}").find("not JSON"), std::string::npos);
  EXPECT_NE(json_failure("{\"a\":1,\"b\":{\"c\":1,\"c\":2}}").find("\"c\" twice"),
            std::string::npos);
  EXPECT_NE(json_failure(std::string(100'000, '[')).find("too deep"), std::string::npos);
  EXPECT_NE(json_failure("{\"a\":\"\\\"[[[[[[[[[[[[\"}").find("is missing"), std::string::npos);
  EXPECT_NE(json_failure(std::string(limits::kMaxGenesisBytes + 1, ' ')).find("the limit is"),
            std::string::npos);
}

std::optional<Json> vectors(const std::string& folder, const std::string& name) {
  std::ifstream file(std::filesystem::path(folder) / name);
  if (!file) return std::nullopt;
  return Json::parse(file);
}

/// Every (role, purpose) pair that the vectors assert and the pinned tables know.
std::set<RolePurpose> asserted_pairs(const Json& file) {
  std::set<RolePurpose> pairs;
  for (const Json& entry : file.at("cases")) {
    const Json& request = entry.contains("request") ? entry.at("request") : entry;
    const Json& user = file.at("users").at(request.at("user").get<std::string>());
    const auto purpose = request.at("purpose").get<std::string>();
    if (purpose == "FooBar") continue;  // no code at all: expected to be denied
    pairs.insert(RolePurpose{*parse<Role>(user.at("role").get<std::string>()), purpose});
  }
  return pairs;
}

TEST(DefaultParameters, AreValidAndSorted) {
  const auto decoded = decode_parameters(encode(default_parameters()));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, default_parameters());
}

TEST(DefaultParameters, AllowThePairsThatTheVectorsAssert) {
  const char* shared = std::getenv("GALEN_SHARED");
  const std::string data = shared != nullptr ? shared : galen::test::source_dir() + "/../shared";
  const auto own =
      vectors(galen::test::source_dir() + "/tests/data/consent", "decision-vectors.json");
  const auto ihe = vectors(data + "/data/ehr/consent-vectors", "ihe-pcf-expectations.json");
  ASSERT_TRUE(own);
  std::set<RolePurpose> pairs = asserted_pairs(*own);
  if (ihe) pairs.merge(asserted_pairs(*ihe));
  EXPECT_GE(pairs.size(), 9U);
  const auto table = default_parameters().role_purposes;
  for (const RolePurpose& pair : pairs) {
    EXPECT_TRUE(std::binary_search(table.begin(), table.end(), pair))
        << name(pair.role) << " " << pair.purpose;
  }
}

TEST(DefaultParameters, GiveNoRoleWhatIsNotItsOwn) {
  const auto table = default_parameters().role_purposes;
  for (const auto& pair : {RolePurpose{Role::kBilling, "TREAT"},
                           RolePurpose{Role::kPayer, "TREAT"},
                           RolePurpose{Role::kResearcher, "BTG"},
                           RolePurpose{Role::kPatient, "TREAT"},
                           RolePurpose{Role::kClinician, "PATRQT"}}) {
    EXPECT_FALSE(std::binary_search(table.begin(), table.end(), pair)) << pair.purpose;
  }
}

TEST(DefaultParameters, NameThePolicyAndTheStatutoryRow) {
  const Parameters p = default_parameters();
  EXPECT_EQ(p.policies, std::vector{crypto::tagged("policy", as_bytes("galen-default-1"))});
  ASSERT_EQ(p.statutory.size(), 1U);
  EXPECT_EQ(p.statutory[0].purpose, "PUBHLTH");
  EXPECT_EQ(p.statutory[0].kind, OrganisationKind::kPublicHealth);
  EXPECT_EQ(p.label_obligations.size(), 3U);
}

}  // namespace
}  // namespace galen::ledger
