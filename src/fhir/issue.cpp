#include "fhir/issue.h"

#include "base/check.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace galen::fhir {

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::kError: return "error";
    case Severity::kWarning: return "warning";
    case Severity::kInformation: return "information";
  }
  return "?";
}

std::string_view name(IssueCode code) {
  switch (code) {
    case IssueCode::kInvalid: return "invalid";
    case IssueCode::kStructure: return "structure";
    case IssueCode::kRequired: return "required";
    case IssueCode::kValue: return "value";
    case IssueCode::kTooLong: return "too-long";
    case IssueCode::kNotSupported: return "not-supported";
    case IssueCode::kNotFound: return "not-found";
    case IssueCode::kBusinessRule: return "business-rule";
    case IssueCode::kInformational: return "informational";
  }
  return "?";
}

void Issues::add(Issue issue) {
  const bool error = issue.severity == Severity::kError;
  const std::size_t kept = error ? errors_ : list_.size() - errors_;
  if (kept >= kMostIssues) return;
  if (error) ++errors_;
  list_.push_back(std::move(issue));
}

void Issues::error(IssueCode code, std::string location, std::string why) {
  add({Severity::kError, code, std::move(location), std::move(why)});
}

void Issues::warning(std::string location, std::string why) {
  add({Severity::kWarning, IssueCode::kBusinessRule, std::move(location), std::move(why)});
}

void Issues::note(std::string location, std::string why) {
  add({Severity::kInformation, IssueCode::kInformational, std::move(location), std::move(why)});
}

std::string line(const Issue& issue) {
  return std::string(name(issue.severity)) + " " + std::string(name(issue.code)) + ": " +
         issue.location + ": " + issue.diagnostics;
}

std::string operation_outcome(const std::vector<Issue>& issues) {
  CHECK(!issues.empty(), "an OperationOutcome has at least one issue");
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Issue& issue : issues) {
    list.push_back({{"severity", name(issue.severity)},
                    {"code", name(issue.code)},
                    {"diagnostics", issue.diagnostics},
                    {"expression", {issue.location}}});
  }
  nlohmann::ordered_json outcome;
  outcome["resourceType"] = "OperationOutcome";
  outcome["issue"] = std::move(list);
  return outcome.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace galen::fhir
