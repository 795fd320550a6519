// A file of decisions expected for FHIR consents, which lie beside each other in a directory
// (the IHE PCF examples, and our own). Each consent is read by the production mapping.
// Thread rule: one thread; everything throws BadVector.
#pragma once

#include "conformance/node.h"
#include "conformance/verdict.h"
#include "fhir/consent.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace galen::conformance {

/// Ids of references are their names: "Practitioner/ex-practitioner" is the account of that name.
class NamedReferences final : public fhir::References {
 public:
  [[nodiscard]] std::optional<AccountId> account(const std::string& type,
                                                 const std::string& id) const override;
  [[nodiscard]] std::optional<Random32> data(ledger::DataMeaning meaning,
                                             const std::string& type,
                                             const std::string& id) const override;
};

class ConsentExpectations {
 public:
  ConsentExpectations(const Json& file, std::string directory);

  [[nodiscard]] std::vector<Node> cases() const { return file_.at("cases").elements(); }

  [[nodiscard]] Verdict evaluate_case(const Node& vector);

 private:
  [[nodiscard]] const fhir::Translation& translation_of(const Node& name);
  [[nodiscard]] policy::Decision decide_case(const Node& vector,
                                             const fhir::Translation& translation,
                                             bool& agree) const;

  Node file_;
  std::string directory_;
  policy::Terminology terminology_;              ///< the pinned table and the local purposes
  std::set<std::string, std::less<>> purposes_;  ///< that cases ask for and no table has
  std::map<std::string, fhir::Translation> translations_;
};

}  // namespace galen::conformance
