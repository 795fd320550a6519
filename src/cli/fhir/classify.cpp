#include "cli/fhir/classify.h"

#include <array>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

namespace galen::cli::fhir {
namespace {

const Json& member(const Json& object, const char* name) {
  static const Json absent;
  if (!object.is_object()) return absent;
  const auto found = object.find(name);
  return found == object.end() ? absent : *found;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : std::string();
}

/// Texts of all codings of one or more CodeableConcepts.
void collect_codings(const Json& concept_value, const char* field, std::set<std::string>& out) {
  if (concept_value.is_array()) {
    for (const Json& each : concept_value) collect_codings(each, field, out);
    return;
  }
  for (const Json& coding : member(concept_value, "coding")) {
    const std::string text = text_of(member(coding, field));
    if (!text.empty()) out.insert(text);
  }
}

bool is_laboratory(const Json& observation) {
  std::set<std::string> codes;
  collect_codings(member(observation, "category"), "code", codes);
  return codes.count("laboratory") != 0;
}

bool is_date(const std::string& text) {
  constexpr std::string_view kShape = "dddd-dd-dd";
  if (text.size() < kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != '-') return false;
  }
  return true;
}

/// `words` as a whole word or words within `text`, both in lower case.
bool mentions(const std::string& text, std::string_view words) {
  const auto is_letter = [&](std::size_t i) {
    return i < text.size() && std::isalpha(static_cast<unsigned char>(text[i])) != 0;
  };
  for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
    if ((at == 0 || !is_letter(at - 1)) && !is_letter(at + words.size())) return true;
  }
  return false;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

struct SensitiveWords {
  std::string_view words;
  std::string_view code;
};

constexpr std::array<SensitiveWords, 14> kSensitiveWords{{
    {"alcohol", "ETHUD"},
    {"alcoholism", "ETHUD"},
    {"opioid", "OPIOIDUD"},
    {"drug abuse", "SUD"},
    {"drug dependence", "SUD"},
    {"overdose", "SUD"},
    {"hiv", "HIV"},
    {"human immunodeficiency virus", "HIV"},
    {"depression", "PSY"},
    {"major depressive disorder", "PSY"},
    {"anxiety", "PSY"},
    {"suicidal", "PSY"},
    {"chlamydia", "STD"},
    {"gonorrhea", "STD"},
}};

}  // namespace

std::string record_class_of(const Json& resource) {
  static const std::map<std::string, std::string> classes{
      {"Patient", "SUMMARY"},
      {"AllergyIntolerance", "SUMMARY"},
      {"Encounter", "NOTE"},
      {"Condition", "NOTE"},
      {"CarePlan", "NOTE"},
      {"CareTeam", "NOTE"},
      {"Goal", "NOTE"},
      {"DiagnosticReport", "LAB"},
      {"ImagingStudy", "IMAGING"},
      {"Medication", "MEDICATION"},
      {"MedicationRequest", "MEDICATION"},
      {"MedicationAdministration", "MEDICATION"},
      {"MedicationStatement", "MEDICATION"},
      {"Immunization", "IMMUNIZATION"},
      {"Procedure", "PROCEDURE"},
      {"Device", "DEVICE"},
      {"Claim", "CLAIM"},
      {"ExplanationOfBenefit", "CLAIM"},
      {"Organization", ""},
      {"Practitioner", ""},
      {"PractitionerRole", ""},
      {"Location", ""},
  };
  const std::string type = text_of(member(resource, "resourceType"));
  if (type == "Observation") return is_laboratory(resource) ? "LAB" : "NOTE";
  const auto found = classes.find(type);
  return found == classes.end() ? "OTHER" : found->second;
}

std::string encounter_of(const Json& resource) {
  const std::string direct = text_of(member(member(resource, "encounter"), "reference"));
  if (!direct.empty()) return direct;
  for (const Json& item : member(resource, "item")) {
    for (const Json& encounter : member(item, "encounter")) {
      const std::string reference = text_of(member(encounter, "reference"));
      if (!reference.empty()) return reference;
    }
  }
  return {};
}

std::string service_date_of(const Json& resource) {
  for (const char* name : {"effectiveDateTime",
                           "performedDateTime",
                           "occurrenceDateTime",
                           "authoredOn",
                           "started",
                           "onsetDateTime",
                           "recordedDate",
                           "created",
                           "issued"}) {
    const std::string text = text_of(member(resource, name));
    if (is_date(text)) return text.substr(0, 10);
  }
  for (const char* name : {"period", "effectivePeriod", "performedPeriod", "billablePeriod"}) {
    const std::string text = text_of(member(member(resource, name), "start"));
    if (is_date(text)) return text.substr(0, 10);
  }
  return {};
}

std::set<std::string> sensitivity_of(const Json& resource) {
  std::set<std::string> displays;
  for (const char* name : {"code", "type", "reasonCode", "medicationCodeableConcept"}) {
    const Json& value = member(resource, name);
    collect_codings(value, "display", displays);
  }
  std::set<std::string> codes;
  for (const std::string& display : displays) {
    const std::string text = lower(display);
    for (const SensitiveWords& rule : kSensitiveWords) {
      if (mentions(text, rule.words)) codes.emplace(rule.code);
    }
  }
  return codes;
}

}  // namespace galen::cli::fhir
