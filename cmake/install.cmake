# What `cmake --install` gives, and how find_package(flinch) finds it. Everything is relative to the
# prefix, so an installed tree may be moved. Included at the end, when the targets exist.
include(CMakePackageConfigHelpers)

set(flinch_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/flinch)

# The headers get a target of their own: the one in the build tree knows the source folder.
add_library(flinch_headers INTERFACE)
set_target_properties(flinch_headers PROPERTIES EXPORT_NAME abi)
target_compile_features(flinch_headers INTERFACE cxx_std_20)
target_include_directories(flinch_headers INTERFACE
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/flinch>)
install(TARGETS flinch_headers EXPORT flinchTargets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/core/abi
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/flinch/core
        FILES_MATCHING PATTERN "*.h" PATTERN "*.inc")

install(TARGETS flinch EXPORT flinchTargets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
set_target_properties(flinch_preload PROPERTIES EXPORT_NAME preload)
install(TARGETS flinch_preload EXPORT flinchTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})

install(EXPORT flinchTargets NAMESPACE flinch:: DESTINATION ${flinch_package_dir})
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/flinchConfig.cmake.in ${PROJECT_BINARY_DIR}/flinchConfig.cmake
  INSTALL_DESTINATION ${flinch_package_dir})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/flinchConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/flinchConfig.cmake ${PROJECT_BINARY_DIR}/flinchConfigVersion.cmake
        DESTINATION ${flinch_package_dir})

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
