#include "cli/code_words.h"

namespace galen::cli {

namespace {

/// As many as policy::terminology(1) has.
constexpr Word kPurposes[] = {{"*", "any purpose"},
                              {"TREAT", "treatment"},
                              {"CLINTRL", "care in a clinical trial"},
                              {"COC", "coordination of care"},
                              {"ETREAT", "emergency treatment"},
                              {"BTG", "emergency without consent"},
                              {"ERTREAT", "treatment in an emergency room"},
                              {"POPHLTH", "health of a population"},
                              {"HPAYMT", "payment"},
                              {"CLMATTCH", "attachment to a claim"},
                              {"COVAUTH", "authorisation of coverage"},
                              {"COVERAGE", "coverage"},
                              {"ELIGDTRM", "finding out about eligibility"},
                              {"ELIGVER", "checking eligibility"},
                              {"ENROLLM", "enrolment"},
                              {"MILDCRG", "discharge from the military"},
                              {"REMITADV", "remittance advice"},
                              {"HOPERAT", "running the organisation"},
                              {"CAREMGT", "management of care"},
                              {"DONAT", "donation"},
                              {"FRAUD", "detecting fraud"},
                              {"GOV", "government"},
                              {"HACCRED", "accreditation"},
                              {"HCOMPL", "compliance with law"},
                              {"HDECD", "identifying the dead"},
                              {"HDIRECT", "directory"},
                              {"HDM", "delivery of care"},
                              {"HLEGAL", "legal proceedings"},
                              {"HOUTCOMS", "measuring outcomes"},
                              {"HPRGRP", "reporting on programmes"},
                              {"HQUALIMP", "improving quality"},
                              {"HSYSADMIN", "administration of systems"},
                              {"LABELING", "labelling of data"},
                              {"METAMGT", "management of metadata"},
                              {"MEMADMIN", "administration of members"},
                              {"MILCDM", "military command"},
                              {"PATADMIN", "administration of patients"},
                              {"PATSFTY", "safety of patients"},
                              {"PERFMSR", "measuring performance"},
                              {"RECORDMGT", "management of records"},
                              {"SYSDEV", "development of systems"},
                              {"HTEST", "testing of systems"},
                              {"TRAIN", "training"},
                              {"HRESCH", "research"},
                              {"BIORCH", "biomedical research"},
                              {"CLINTRCH", "clinical research"},
                              {"CLINTRCHNPC", "clinical research, not on one's own patients"},
                              {"CLINTRCHPC", "clinical research on one's own patients"},
                              {"PRECLINTRCH", "research before clinical trials"},
                              {"DSRCH", "research on a disease"},
                              {"POARCH", "research on origins and ancestry"},
                              {"TRANSRCH", "translational research"},
                              {"PATRQT", "asked for by the patient"},
                              {"FAMRQT", "asked for by the family"},
                              {"PWATRNY", "asked for by an attorney"},
                              {"SUPNWK", "asked for by people who support the patient"},
                              {"PUBHLTH", "public health"},
                              {"DISASTER", "disaster"},
                              {"THREAT", "threat to the public"},
                              {"HMARKT", "marketing"}};

constexpr Word kActions[] = {{"DISCOVER", "learn that it exists"},
                             {"READ", "read"},
                             {"COPY", "take a copy"},
                             {"REDISCLOSE", "pass on"},
                             {"LIST", "list what may be seen"}};

constexpr Word kClasses[] = {{"SUMMARY", "summaries"},
                             {"NOTE", "notes and letters"},
                             {"LAB", "laboratory results"},
                             {"IMAGING", "images and their reports"},
                             {"MEDICATION", "medication"},
                             {"IMMUNIZATION", "immunisations"},
                             {"PROCEDURE", "procedures"},
                             {"DEVICE", "readings of devices"},
                             {"CLAIM", "claims and bills"},
                             {"TRIAL", "clinical trials"},
                             {"OTHER", "other records"}};

constexpr Word kConfidentialities[] = {{"U", "unrestricted"},
                                       {"L", "low"},
                                       {"M", "moderate"},
                                       {"N", "normal"},
                                       {"R", "restricted"},
                                       {"V", "very restricted"}};

constexpr Word kLabels[] = {{"ETH", "substance abuse"},
                            {"GDIS", "genetic disease"},
                            {"HIV", "HIV and AIDS"},
                            {"MST", "military sexual trauma"},
                            {"SCA", "sickle cell anaemia"},
                            {"SICKLE", "sickle cell disease"},
                            {"SDV", "sexual assault and domestic violence"},
                            {"SEX", "sexuality and reproductive health"},
                            {"SPI", "specially protected information"},
                            {"BH", "behavioural health"},
                            {"COGN", "cognitive disability"},
                            {"DVD", "developmental disability"},
                            {"EMOTDIS", "emotional disturbance"},
                            {"MH", "mental health"},
                            {"PSY", "psychiatric disorders"},
                            {"PSYTHPN", "psychotherapy notes"},
                            {"SUD", "substance use disorders"},
                            {"ETHUD", "alcohol use disorders"},
                            {"OPIOIDUD", "opioid use disorders"},
                            {"STD", "sexually transmitted diseases"},
                            {"TBOO", "what you hold to be taboo"},
                            {"VIO", "violence"},
                            {"DEMO", "demographic data"},
                            {"DOB", "date of birth"},
                            {"GENDER", "gender"},
                            {"LIVARG", "living arrangements"},
                            {"MARST", "marital status"},
                            {"RACE", "race"},
                            {"REL", "religion"},
                            {"B", "business data"},
                            {"EMPL", "employer"},
                            {"LOCIS", "location"},
                            {"SSP", "sensitive services"},
                            {"ADOL", "adolescents"},
                            {"CEL", "celebrities"},
                            {"DIA", "diagnoses"},
                            {"DRGIS", "drugs"},
                            {"EMP", "employees of the record holder"},
                            {"PDS", "what you asked to protect"},
                            {"PHY", "what a physician asked to protect"},
                            {"PRS", "what a patient asked to protect"}};

}  // namespace

std::string purpose_words(const std::string& code) {
  return word_of(kPurposes, code);
}

std::string action_words(const std::string& code) {
  return word_of(kActions, code);
}

std::string class_words(const std::string& code) {
  return word_of(kClasses, code);
}

std::string confidentiality_words(const std::string& code) {
  return word_of(kConfidentialities, code);
}

std::string label_words(const std::string& code) {
  return word_of(kLabels, code);
}

std::string with_code(const std::string& words, const std::string& code) {
  return words == code ? code : words + " (" + code + ")";
}

}  // namespace galen::cli
