#include "fhir/vocabulary.h"

#include <algorithm>
#include <array>

namespace galen::fhir {

namespace {

constexpr std::string_view kHl7 = "http://terminology.hl7.org/CodeSystem/";
constexpr std::string_view kLoinc = "http://loinc.org";
constexpr std::string_view kResourceTypes = "http://hl7.org/fhir/resource-types";

bool is_of(const Coding& coding, std::string_view hl7_system) {
  return coding.system == std::string(kHl7) + std::string(hl7_system);
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

struct Sensitivity {
  std::string_view code;
  std::string_view parent;
};

/// InformationSensitivityPolicy of v3-ActCode 2018-08-12, parents before children.
constexpr std::array<Sensitivity, 41> kSensitivities{{
    {"ETH", ""},        {"GDIS", ""},   {"HIV", ""},       {"MST", ""},         {"SCA", ""},
    {"SDV", ""},        {"SEX", ""},    {"SICKLE", ""},    {"SPI", ""},         {"BH", "SPI"},
    {"COGN", "BH"},     {"DVD", "BH"},  {"EMOTDIS", "BH"}, {"MH", "SPI"},       {"PSY", "SPI"},
    {"PSYTHPN", "SPI"}, {"SUD", "SPI"}, {"ETHUD", "SUD"},  {"OPIOIDUD", "SUD"}, {"STD", ""},
    {"TBOO", ""},       {"VIO", ""},    {"DEMO", ""},      {"DOB", ""},         {"GENDER", ""},
    {"LIVARG", ""},     {"MARST", ""},  {"RACE", ""},      {"REL", ""},         {"B", ""},
    {"EMPL", ""},       {"LOCIS", ""},  {"SSP", ""},       {"ADOL", ""},        {"CEL", ""},
    {"DIA", ""},        {"DRGIS", ""},  {"EMP", ""},       {"PDS", ""},         {"PHY", ""},
    {"PRS", ""},
}};

}  // namespace

bool is_purpose(const Vocabulary& vocabulary, const Coding& coding) {
  if (is_of(coding, "v3-ActReason")) return vocabulary.terminology.is_purpose(coding.code);
  return vocabulary.local_purposes.contains(coding.code);
}

bool is_recipient(const Coding& role) {
  return is_of(role, "v3-ParticipationType") && (role.code == "IRCP" || role.code == "PRCP");
}

bool is_access_action(const Coding& action) {
  return is_of(action, "consentaction") && action.code == "access";
}

bool is_privacy_scope(const Coding& scope) {
  return is_of(scope, "consentscope") &&
         (scope.code == "patient-privacy" || scope.code == "research");
}

bool is_plain_category(const Coding& category) {
  static constexpr std::array<std::string_view, 4> kLoincCodes{
      "57016-8", "57017-6", "59284-0", "64292-6"};
  if (category.system == kLoinc) return is_one_of(kLoincCodes, category.code);
  return is_of(category, "v3-ActCode") && category.code == "IDSCL";
}

std::optional<ledger::Confidentiality> confidentiality_of(const Coding& label) {
  if (!is_of(label, "v3-Confidentiality")) return std::nullopt;
  return ledger::parse<ledger::Confidentiality>(label.code);
}

std::vector<std::string> sensitivities_of(const Coding& label) {
  if (!is_of(label, "v3-ActCode")) return {};
  return sensitivities_of(label.code);
}

std::vector<std::string> sensitivities_of(std::string_view code) {
  std::set<std::string, std::less<>> found;
  for (const Sensitivity& row : kSensitivities) {
    if (row.code == code || found.contains(row.parent)) found.emplace(row.code);
  }
  return {found.begin(), found.end()};
}

std::vector<std::string> all_sensitivities() {
  std::vector<std::string> codes;
  for (const Sensitivity& row : kSensitivities) codes.emplace_back(row.code);
  return codes;
}

std::optional<ledger::RecordClass> class_of(const Coding& coding) {
  using ledger::RecordClass;
  if (coding.system == kClassSystem) return ledger::parse<RecordClass>(coding.code);
  if (coding.system != kResourceTypes) return std::nullopt;
  if (coding.code == "Immunization") return RecordClass::kImmunization;
  if (coding.code == "ImagingStudy") return RecordClass::kImaging;
  if (coding.code == "Procedure") return RecordClass::kProcedure;
  if (coding.code == "Device") return RecordClass::kDevice;
  return std::nullopt;
}

}  // namespace galen::fhir
