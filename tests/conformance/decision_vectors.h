// A file of consent decision vectors (HEALTH.md 1.5): fixtures, code tables that hold for the file,
// cases. Thread rule: one thread; everything throws BadVector.
#pragma once

#include "conformance/node.h"
#include "conformance/verdict.h"
#include "ledger/genesis.h"
#include "modules/policy/terminology.h"

#include <map>
#include <string>
#include <vector>

namespace galen::conformance {

class DecisionVectors {
 public:
  /// Reads tables and grants.
  explicit DecisionVectors(const Json& file);

  [[nodiscard]] std::vector<Node> cases() const { return file_.at("cases").elements(); }

  /// With the file's parameters and those of the case; step 0 lets through every pair that a case
  /// asserts.
  [[nodiscard]] ledger::Parameters parameters(const Node& vector) const;
  /// What a case's requester asserts.
  [[nodiscard]] ledger::RolePurpose pair_of(const Node& vector) const;

  /// The file's own tables.
  [[nodiscard]] const policy::Terminology& terminology() const { return terminology_; }

  [[nodiscard]] Verdict evaluate_case(const Node& vector,
                                      const policy::Terminology& terminology) const;

 private:
  [[nodiscard]] policy::GrantFacts grant(const Node& name) const;
  [[nodiscard]] policy::ConsentContext consent(const Node& vector) const;

  Node file_;
  policy::Terminology terminology_;
  std::map<std::string, ledger::GrantTerms> terms_;
};

}  // namespace galen::conformance
