// Random consents: mutations of the samples, of their bytes and of their trees. The mapping never
// crashes, gives grants or errors and never both, and what it gives the ledger's encoding takes.
#include "base/limits.h"
#include "conformance/consent_expectations.h"
#include "fhir/consent.h"
#include "modules/policy/decide.h"
#include "support/consent_files.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

namespace galen::fhir {
namespace {

using nlohmann::json;

int below(std::size_t n) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, static_cast<int>(n)));
}

const std::vector<std::string>& samples() {
  static const auto texts = [] {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(test::own_consent_file("fhir"))) {
      names.push_back(entry.path());
    }
    std::sort(names.begin(), names.end());
    std::vector<std::string> found;
    for (const auto& name : names) found.push_back(test::read_text(name));
    return found;
  }();
  return texts;
}

Translation translated(const std::string& text) {
  return translate_consent(
      text, Vocabulary{policy::terminology(1), {}}, conformance::NamedReferences());
}

/// One of the two, and grants that can be encoded as operations.
void expect_sound(const Translation& translation) {
  const bool failed =
      std::any_of(translation.issues.begin(), translation.issues.end(), [](const Issue& issue) {
        return issue.severity == Severity::kError;
      });
  RC_ASSERT(translation.ok() != failed);
  for (const Issue& issue : translation.issues) {
    RC_ASSERT(issue.location.rfind("Consent", 0) == 0);
    RC_ASSERT(!issue.diagnostics.empty());
  }
  for (const FlatGrant& grant : translation.grants) {
    ledger::Operation operation = ledger::GrantAccess{grant.terms};
    if (grant.effect == ledger::Effect::kDeny) operation = ledger::DenyAccess{grant.terms};
    const auto decoded = ledger::decode_operation(ledger::encode(operation));
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(*decoded == operation);
  }
}

/// Every container below `node`, itself included.
void collect(json& node, std::vector<json*>& found) {
  if (!node.is_structured()) return;
  found.push_back(&node);
  for (json& child : node) collect(child, found);
}

json& some_child(json& container) {
  auto at = container.begin();
  std::advance(at, below(container.size()));
  return *at;
}

json some_value() {
  static const std::vector<std::string> kValues{"null",
                                                "true",
                                                "0",
                                                "-1",
                                                "1e300",
                                                "\"\"",
                                                "\"permit\"",
                                                "\"deny\"",
                                                "\"BTG\"",
                                                "\"2026\"",
                                                "\"9999-12-31\"",
                                                "\"0001-01-01\"",
                                                "[]",
                                                "{}",
                                                "[[]]",
                                                "[null]",
                                                "{\"coding\":[{}]}"};
  return json::parse(kValues[static_cast<std::size_t>(below(kValues.size()))]);
}

void mutate_tree(json& tree) {
  std::vector<json*> containers;
  collect(tree, containers);
  std::vector<json*> filled;
  for (json* each : containers) {
    if (!each->empty()) filled.push_back(each);
  }
  if (filled.empty()) return;
  json& place = *filled[static_cast<std::size_t>(below(filled.size()))];
  json& other = *filled[static_cast<std::size_t>(below(filled.size()))];
  const json copy = some_child(other);
  switch (below(5)) {
    case 0: some_child(place) = some_value(); break;
    case 1: some_child(place) = copy; break;
    case 2:
      if (place.is_array()) place.push_back(copy);
      if (place.is_object()) place["provision"] = json::array({copy});
      break;
    case 3: {
      auto at = place.begin();
      std::advance(at, below(place.size()));
      place.erase(at);
      break;
    }
    default:
      if (place.is_object()) place["extension"] = copy;
  }
}

RC_GTEST_PROP(FhirConsentProperty, MutatedTreesGiveGrantsOrErrors, ()) {
  json tree;
  // The last few samples are not JSON at all.
  do {
    tree =
        json::parse(samples()[static_cast<std::size_t>(below(samples().size()))], nullptr, false);
  } while (tree.is_discarded());
  for (int i = below(4); i >= 0; --i) mutate_tree(tree);
  expect_sound(translated(tree.dump()));
}

RC_GTEST_PROP(FhirConsentProperty, MutatedBytesGiveGrantsOrErrors, ()) {
  std::string text = samples()[static_cast<std::size_t>(below(samples().size()))];
  for (int i = below(6); i >= 0; --i) {
    const auto at = static_cast<std::size_t>(below(text.size()));
    if (below(3) == 0) {
      text.erase(at, static_cast<std::size_t>(below(20)));
    } else {
      text[at] = static_cast<char>(below(256));
    }
    if (text.empty()) text = "{";
  }
  expect_sound(translated(text));
}

RC_GTEST_PROP(FhirConsentProperty, OrderOfProvisionsAndGrantsIsIrrelevant, ()) {
  json tree = json::parse(test::read_text(test::own_consent_file("fhir/nested-deny.json")));
  json& exceptions = tree["provision"]["provision"];
  for (const char* name :
       {"nested-deny-purpose", "nested-permit-inherits", "deny-level-or-label"}) {
    const json other =
        json::parse(test::read_text(test::own_consent_file(std::string("fhir/") + name + ".json")));
    exceptions.push_back(other["provision"]["provision"][0]);
  }
  const auto straight = translated(tree.dump());
  RC_ASSERT(straight.ok());
  for (std::size_t i = exceptions.size(); i > 1; --i) {
    std::swap(exceptions[i - 1], exceptions[static_cast<std::size_t>(below(i))]);
  }
  const auto shuffled = translated(tree.dump());
  // The path tells of the place; everything else is the same set.
  const auto same = [](const FlatGrant& a, const FlatGrant& b) {
    return a.effect == b.effect && a.terms == b.terms;
  };
  RC_ASSERT(straight.grants.size() == shuffled.grants.size());
  RC_ASSERT(std::is_permutation(
      straight.grants.begin(), straight.grants.end(), shuffled.grants.begin(), same));
}

}  // namespace
}  // namespace galen::fhir
