import { Suspense, lazy } from "react";
import { Route, Routes } from "react-router";
import { RequireUser } from "@/auth/RequireUser";
import { LoadingLines } from "@/design/States";
import { HomePage } from "@/rooms/HomePage";
import { RoomPage } from "@/rooms/RoomPage";
import { NotFoundPage } from "./NotFoundPage";
import { Shell } from "./shell/Shell";

const SignInPage = lazy(() => import("@/auth/SignInPage"));
const ForgotPasswordPage = lazy(() => import("@/auth/ForgotPasswordPage"));
const ResetPasswordPage = lazy(() => import("@/auth/ResetPasswordPage"));
const VerifyEmailPage = lazy(() => import("@/auth/VerifyEmailPage"));
const SensorsPage = lazy(() => import("@/sensors/SensorsPage"));
const ComparePage = lazy(() => import("@/sensors/compare/ComparePage"));
const SensorPage = lazy(() => import("@/sensors/SensorPage"));
const AlertsPage = lazy(() => import("@/alerts/AlertsPage"));
const DevicesPage = lazy(() => import("@/devices/DevicesPage"));
const PeoplePage = lazy(() => import("@/people/PeoplePage"));
const AccountPage = lazy(() => import("@/account/AccountPage"));
const AdminPage = lazy(() => import("@/admin/AdminPage"));
const DirectoryPage = lazy(() => import("@/directory/DirectoryPage"));
const NoticesPage = lazy(() => import("@/notices/NoticesPage"));
const SearchPage = lazy(() => import("@/search/SearchPage"));

export function AppRoutes() {
  return (
    <Suspense fallback={<LoadingLines />}>
      <Routes>
        <Route path="/sign-in" element={<SignInPage />} />
        <Route path="/forgot-password" element={<ForgotPasswordPage />} />
        <Route path="/reset-password" element={<ResetPasswordPage />} />
        <Route path="/verify-email" element={<VerifyEmailPage />} />
        <Route element={<RequireUser />}>
          <Route element={<Shell />}>
            <Route index element={<HomePage />} />
            <Route path="/rooms" element={<DirectoryPage />} />
            <Route path="/rooms/:roomId" element={<RoomPage />} />
            <Route path="/sensors" element={<SensorsPage />} />
            <Route path="/sensors/compare" element={<ComparePage />} />
            <Route path="/sensors/:sensorId" element={<SensorPage />} />
            <Route path="/alerts" element={<AlertsPage />} />
            <Route path="/devices" element={<DevicesPage />} />
            <Route path="/people" element={<PeoplePage />} />
            <Route path="/search" element={<SearchPage />} />
            <Route path="/account" element={<AccountPage />} />
            <Route path="/admin" element={<AdminPage />} />
            <Route path="/notifications" element={<NoticesPage />} />
            <Route path="*" element={<NotFoundPage />} />
          </Route>
        </Route>
      </Routes>
    </Suspense>
  );
}
