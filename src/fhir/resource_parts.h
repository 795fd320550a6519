// Parts of the FHIR R4 resources that Galen writes. What R4 has no element for stands in extensions
// named urn:galen:extension:NAME (docs/consent.md "Export"): modifierExtension where it changes
// what the element means. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace galen::fhir {

using OrderedJson = nlohmann::ordered_json;

inline constexpr const char* kHl7Systems = "http://terminology.hl7.org/CodeSystem/";
inline constexpr const char* kExtensionUrls = "urn:galen:extension:";
/// Of a registered version of the consortium's policy: its digest follows.
inline constexpr const char* kPolicyUris = "urn:galen:policy:";
/// Identifier system of GrantTerms::terms_commitment.
inline constexpr const char* kCommitmentSystem = "urn:galen:terms-commitment";

[[nodiscard]] OrderedJson coding(const std::string& system, const std::string& code);
[[nodiscard]] OrderedJson concept_of(const std::string& system, const std::string& code);
[[nodiscard]] OrderedJson reference(const std::string& type, const std::string& id);
[[nodiscard]] OrderedJson identifier(const std::string& system, const std::string& value);

/// A list of extensions of one element.
class Extensions {
 public:
  /// `type` with its first letter in upper case, as in value[x]: "Code", "Decimal", "Reference".
  void add(const std::string& name, const std::string& type, OrderedJson value);
  void add_instant(const std::string& name, std::uint64_t ms);
  /// FHIR knows no empty arrays: without any, nothing is put.
  void put_into(OrderedJson& element, const char* key) &&;

  [[nodiscard]] bool empty() const { return list_.empty(); }

 private:
  OrderedJson list_ = OrderedJson::array();
};

/// {"lastUpdated": ..., "extension": ...}: what the ledger knows about the resource itself.
[[nodiscard]] OrderedJson meta_of(std::uint64_t last_updated_ms, Extensions&& about);

/// On one line. Texts come from the ledger: what is no UTF-8 is replaced.
[[nodiscard]] std::string resource_text(const OrderedJson& resource);

}  // namespace galen::fhir
