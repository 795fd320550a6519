// What there is to say about a resource, as FHIR says it: OperationOutcome issues that name the
// element. Thread rule: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace galen::fhir {

enum class Severity : std::uint8_t { kError, kWarning, kInformation };

/// Codes of FHIR R4's issue-type.
enum class IssueCode : std::uint8_t {
  kInvalid,
  kStructure,
  kRequired,
  kValue,
  kTooLong,
  kNotSupported,
  kNotFound,
  kBusinessRule,
  kInformational,
};

[[nodiscard]] std::string_view name(Severity severity);
[[nodiscard]] std::string_view name(IssueCode code);

struct Issue {
  Severity severity = Severity::kError;
  IssueCode code = IssueCode::kInvalid;
  std::string location;     ///< FHIRPath of the element, e.g. "Consent.provision.purpose[0]"
  std::string diagnostics;  ///< one sentence without the location
  friend bool operator==(const Issue&, const Issue&) = default;
};

/// Collects issues; the first kMostIssues errors are kept, and as many others.
class Issues {
 public:
  static constexpr std::size_t kMostIssues = 100;

  void error(IssueCode code, std::string location, std::string why);
  void warning(std::string location, std::string why);
  void note(std::string location, std::string why);

  [[nodiscard]] bool failed() const { return errors_ > 0; }

  [[nodiscard]] std::vector<Issue> take() { return std::move(list_); }

 private:
  void add(Issue issue);

  std::vector<Issue> list_;
  std::size_t errors_ = 0;
};

/// "error not-supported: Consent.provision.code: no code is in the map"
[[nodiscard]] std::string line(const Issue& issue);

/// A FHIR R4 OperationOutcome as JSON on one line. REQUIRES: at least one issue.
[[nodiscard]] std::string operation_outcome(const std::vector<Issue>& issues);

}  // namespace galen::fhir
