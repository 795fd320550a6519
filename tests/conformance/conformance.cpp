#include "conformance/conformance.h"

#include "conformance/consent_expectations.h"
#include "conformance/decision_vectors.h"
#include "conformance/read_file.h"
#include "fhir/strict_json.h"

namespace galen::conformance {

namespace {

constexpr fhir::JsonLimits kLimits{std::size_t{16} * 1024 * 1024, 32, 1'000'000};

bool has_all(const Json& file, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (!file.contains(key)) return false;
  }
  return true;
}

std::vector<Verdict> decision_verdicts(const Json& file) {
  const DecisionVectors vectors(file);
  std::vector<Verdict> verdicts;
  for (const Node& each : vectors.cases()) {
    verdicts.push_back(vectors.evaluate_case(each, vectors.terminology()));
  }
  return verdicts;
}

std::vector<Verdict> consent_verdicts(const Json& file, const std::string& consents) {
  if (consents.empty()) {
    throw BadVector{"its consents are FHIR files: say where with --consents DIR"};
  }
  ConsentExpectations expectations(file, consents);
  std::vector<Verdict> verdicts;
  for (const Node& each : expectations.cases()) {
    verdicts.push_back(expectations.evaluate_case(each));
  }
  return verdicts;
}

std::vector<Verdict> verdicts_of(const Json& file, const std::string& consents) {
  if (!file.is_object() || !has_all(file, {"users", "records", "cases"})) {
    throw BadVector{"not a file of consent vectors: users, records and cases are missing"};
  }
  const auto cases = Node(file, "file").at("cases").elements();
  if (cases.empty()) throw BadVector{"holds no vectors"};
  if (has_all(file, {"grants", "permit_covers", "deny_covers"})) return decision_verdicts(file);
  if (cases.front().find("consent")) return consent_verdicts(file, consents);
  throw BadVector{"unknown format: neither decision vectors nor consent expectations"};
}

}  // namespace

Result<std::vector<Verdict>> evaluate_file(const std::string& path, const std::string& consents) {
  GALEN_TRY(const std::string text, read_file(path, kLimits.max_bytes));
  if (text.empty()) return fail(ErrorCode::kMalformed, path + ": is empty");
  const auto file = fhir::parse_strict(text, "file", kLimits);
  if (!file) return fail_in(path, file.error());
  try {
    return verdicts_of(*file, consents);
  } catch (const BadVector& bad) {
    return fail(ErrorCode::kMalformed, path + ": " + bad.why);
  }
}

}  // namespace galen::conformance
